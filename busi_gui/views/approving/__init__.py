"""Approving frames to be learned from, and what there is to say of it."""
