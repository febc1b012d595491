"""Files in, domain objects out, and back; no Qt."""
