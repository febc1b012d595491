"""Reads breast ultrasound: outlines lesions, estimates malignancy, shows what moved the network. Not for clinical use."""

__version__ = "0.1.0"
