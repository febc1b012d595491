"""Correcting masks: the tools, what they show before they do it, and the list of lesions."""
