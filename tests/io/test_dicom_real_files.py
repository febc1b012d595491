"""DICOM files of many programs, as pydicom brings them, against pydicom's own decoding."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.pixels import apply_color_lut, pixel_array

from busi_gui.io.scans import open_scan, read_scan
from tests.io.dicom_files import luma
from tests.io.opened_files import bundled

ULTRASOUND = ["ExplVR_BigEnd.dcm", "examples_jpeg2k.dcm", "examples_palette.dcm", "examples_rgb_color.dcm", "examples_ybr_color.dcm"]
OTHERS = [
    "693_J2KI.dcm",
    "CT_small.dcm",
    "GDCMJ2K_TextGBR.dcm",
    "J2K_pixelrep_mismatch.dcm",
    "JPEG2000.dcm",
    "JPEGLSNearLossless_08.dcm",
    "JPEGLSNearLossless_16.dcm",
    "MR_small_RLE.dcm",
    "MR_small_bigendian.dcm",
    "MR_small_implicit.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "MR_small_padded.dcm",
    "SC_jpeg_no_color_transform.dcm",
    "SC_jpeg_no_color_transform_2.dcm",
    "SC_rgb_dcmtk_+eb+cr.dcm",
    "SC_rgb_dcmtk_+eb+cy+n1.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "SC_rgb_dcmtk_+eb+cy+s4.dcm",
    "SC_rgb_gdcm_KY.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_jls_lossy_sample.dcm",
    "SC_rgb_jpeg_app14_dcmd.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_jpeg_lossy_gdcm.dcm",
    "SC_rgb_rle_16bit_2frame.dcm",
    "SC_rgb_rle_32bit.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
    "SC_ybr_full_422_uncompressed.dcm",
    "examples_overlay.dcm",
    "image_dfl.dcm",
    "liver_expb_1frame.dcm",
    "rtdose_expb.dcm",
    "rtdose_rle.dcm",
]


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")  # what it finds odd in the files that it brings
@pytest.mark.parametrize("name", ULTRASOUND + OTHERS)
def test_files_of_many_programs_are_decoded_as_pydicom_decodes_them(name):
    dataset = dcmread(bundled(name))
    expected = pixel_array(dataset, index=0).astype(float)
    found = read_scan(bundled(name)).pixels.astype(float)
    if expected.ndim == 3:
        deepest = 2.0**dataset.BitsStored - 1
        assert np.abs(found - luma(expected / deepest * 255)).max() <= 1.01
    elif dataset.PhotometricInterpretation == "PALETTE COLOR":
        assert np.abs(found - luma(apply_color_lut(dataset.pixel_array, dataset) >> 8)).max() <= 1.01
    else:
        # Whatever the window, what was brighter is not darker.
        order = np.argsort(expected.ravel(), kind="stable")
        assert (np.diff(found.ravel()[order]) >= 0).all()
        assert np.ptp(found) > 100 or np.ptp(expected) == 0


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_every_ultrasound_file_that_pydicom_brings_is_read():
    folder = bundled("CT_small.dcm").parent
    found = []
    for path in sorted(folder.glob("*.dcm")):
        if dcmread(path, force=True, stop_before_pixels=True, specific_tags=["Modality"]).get("Modality") == "US":
            with open_scan(path) as file:
                assert file.read(file.frame_count - 1).pixels.size
            found.append(path.name)
    assert found == ULTRASOUND
