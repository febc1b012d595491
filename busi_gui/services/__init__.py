"""What happens to cases over time: QtCore and QtGui; no widgets."""
