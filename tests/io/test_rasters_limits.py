"""What a picture may claim: more than can be decoded within a gigabyte is refused beforehand."""

from __future__ import annotations

from PIL import Image

from tests.io.opened_files import refusal


def test_a_webp_that_would_take_more_than_a_gigabyte_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    path = tmp_path / "large.webp"
    Image.new("L", (8000, 8000), 40).save(path, quality=1, method=0)
    monkeypatch.setattr("busi_gui.io.rasters.file.WebPImageFile", None)
    assert "48 megapixels" in refusal(path)
