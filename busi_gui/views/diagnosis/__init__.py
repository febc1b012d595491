"""What the networks say, and what speaks against it."""
