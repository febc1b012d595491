"""What a case is: Python, numpy, cv2; no files, no Qt."""
