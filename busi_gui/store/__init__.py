"""The reader's work, in one transactional database; no Qt."""
