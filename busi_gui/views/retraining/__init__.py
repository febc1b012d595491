"""The window of a retraining: what is learned from, how far it is, and what came of it."""
