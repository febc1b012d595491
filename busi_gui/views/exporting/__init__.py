"""Dialogs in which what was drawn leaves the program, and masks drawn elsewhere come in."""
