"""Callipers, angles, and calibration by hand."""
