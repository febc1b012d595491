"""Headless commands that have a module of their own; `cli` lists them."""
