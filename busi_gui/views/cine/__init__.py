"""What stands beneath the scan of a cine: slider, buttons, and what was found along it."""
