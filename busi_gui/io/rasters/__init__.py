"""PNG, JPEG, BMP, TIFF and WebP files -> scans."""
