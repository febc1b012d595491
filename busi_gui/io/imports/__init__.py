"""Masks drawn elsewhere come in: data sets in BUSI's layout and in COCO's, by whatever program they were written."""
