"""What was drawn leaves the program: as a data set in BUSI's layout or in COCO's, or as a table of measures."""
