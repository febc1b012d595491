"""The user guide: true, whole, and readable in the program."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QKeySequence, QTextDocument

from busi_gui import paths
from busi_gui.services.settings import Settings
from busi_gui.views.actions import ACTIONS, MOUSE_GESTURES
from busi_gui.views.guide import MISSING, GuideDialog, guide_pages
from busi_gui.views.page import heading_name
from tests.views.fake_session import FakeSession
from tests.views.windows import shown_window

ROOT = Path(__file__).resolve().parents[2]
GUIDE = paths.guide_dir()
PAGES = tuple(guide_pages(GUIDE))
LINK = re.compile(r"(!?)\[[^]]*\]\(([^)]+)\)")
MOST_PICTURE_BYTES = 1_200_000
IMAGE = QTextDocument.ResourceType.ImageResource.value


def links(page):
    """Yield the targets of a page's links, and whether each is a picture."""
    yield from ((target, bool(mark)) for mark, target in LINK.findall(page.read_text(encoding="utf-8")))


def headings(page):
    return {heading_name(line.lstrip("# ")) for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("#")}


def rows(page):
    """Return the rows of all tables of a page, each a tuple of its cells."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("|") and not line.startswith("|---")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


@pytest.fixture
def guide(qtbot):
    dialog = GuideDialog(GUIDE)
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.show()
        dialog.activateWindow()
    return dialog


def test_the_contents_list_every_page():
    assert set(PAGES) == set(GUIDE.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_to_a_page_and_a_heading_of_the_guide(page):
    for target, is_picture in links(page):
        name, _, heading = target.partition("#")
        there = page.parent / name if name else page
        assert there.is_file(), target
        assert is_picture == (there.suffix == ".png"), target
        assert is_picture or there in PAGES, target
        assert not heading or heading in headings(there), target


def test_every_picture_is_used_has_words_and_together_they_stay_small():
    pictures = set((GUIDE / "pictures").iterdir())
    assert pictures == {page.parent / target for page in PAGES for target, is_picture in links(page) if is_picture}
    assert sum(path.stat().st_size for path in pictures) < MOST_PICTURE_BYTES
    assert all("![](" not in page.read_text(encoding="utf-8") for page in PAGES)
    for path in pictures:
        with Image.open(path) as picture:
            assert max(picture.size) <= 1280
            assert picture.mode == "P"


def test_the_keys_are_those_of_the_table_of_actions():
    told = [row for row in rows(GUIDE / "keys.md") if row[0] != "what"]
    real = [(spec.text.rstrip("…"), ", ".join(f"`{key}`" for key in spec.keys.split("; ") if key) or "–", spec.tooltip) for spec in ACTIONS]
    assert sorted(told) == sorted([*real, *MOUSE_GESTURES])


def test_a_key_in_bold_is_a_key_of_the_program_or_of_qt():
    bold = {
        key
        for page in PAGES
        for key in re.findall(r"\*\*((?:Ctrl\+|Shift\+|Alt\+)*(?:[A-Z0-9,.]|F\d+|[A-Z][a-z]+))\*\*", page.read_text(encoding="utf-8"))
    }
    known = {key for spec in ACTIONS for key in spec.keys.split("; ")} | {"Alt+Left", "Alt+Right", "Ctrl+F", "Enter", "Space", "Uncertain"}
    assert bold <= known


def test_it_opens_at_its_contents_and_every_page_shows_its_pictures(guide):
    assert guide.file == GUIDE / "README.md"
    assert guide.contents.count() == len(PAGES)
    for row, page in enumerate(PAGES):
        guide.contents.setCurrentRow(row)
        assert guide.file == page
        shown = guide.text()
        assert "**" not in shown
        assert "](" not in shown
        for target, is_picture in links(page):
            assert not is_picture or not guide.page.document().resource(IMAGE, QUrl(target)).isNull()


def test_a_link_leads_to_another_page_and_its_heading(guide):
    guide.open_page(GUIDE / "troubleshooting.md")
    guide.page.anchorClicked.emit(QUrl("reading.md#warnings-before-the-result"))
    assert guide.file == GUIDE / "reading.md"
    assert guide.page.textCursor().block().text() == "Warnings before the result"
    assert guide.contents.currentItem().text() == "Reading a result"


def test_alt_left_and_alt_right_go_back_and_forward_to_where_one_was(guide, qtbot):
    back, forward = QKeySequence("Alt+Left"), QKeySequence("Alt+Right")
    guide.open_page(GUIDE / "correcting.md", "your-assessment")
    place = guide.page.place()
    guide.open_page(GUIDE / "keys.md")
    qtbot.keySequence(guide.page, back)
    assert (guide.file, guide.page.place()) == (GUIDE / "correcting.md", place)
    qtbot.keySequence(guide.page, back)
    assert guide.file == GUIDE / "README.md"
    assert not guide.back.isEnabled()
    qtbot.keySequence(guide.page, back)
    qtbot.keySequence(guide.page, forward)
    qtbot.mouseClick(guide.forward, Qt.MouseButton.LeftButton)
    assert guide.file == GUIDE / "keys.md"
    assert not guide.forward.isEnabled()


def test_a_page_that_is_opened_after_going_back_takes_the_place_of_what_lay_ahead(guide):
    guide.open_page(GUIDE / "keys.md")
    guide.back.click()
    guide.open_page(GUIDE / "exports.md")
    assert not guide.forward.isEnabled()
    guide.back.click()
    assert guide.file == GUIDE / "README.md"


def test_the_search_goes_through_all_pages_and_comes_round(guide, qtbot):
    qtbot.keySequence(guide, QKeySequence(QKeySequence.StandardKey.Find))
    qtbot.keyClicks(guide.field, "poison")
    assert guide.file == GUIDE / "retraining.md"
    assert guide.page.textCursor().selectedText() == "poison"
    guide.field.setText("crash-")
    assert guide.file == GUIDE / "troubleshooting.md"
    place = guide.page.textCursor().selectionStart()
    qtbot.keyClick(guide.field, Qt.Key.Key_Return)
    assert guide.page.textCursor().selectionStart() == place
    guide.field.setText("zzz")
    assert guide.said.text() == "“zzz” does not stand here."


def test_nothing_is_loaded_from_elsewhere_and_an_outside_link_is_only_copied(guide, tmp_path):
    outside = tmp_path / "picture.png"
    shutil.copy(GUIDE / "pictures" / "doubt.png", outside)
    for link in (QUrl("https://example.org/picture.png"), QUrl.fromLocalFile(str(outside)), QUrl(outside.as_posix())):
        assert guide.page.loadResource(IMAGE, link) is None
    guide.page.anchorClicked.emit(QUrl("https://example.org/"))
    assert QGuiApplication.clipboard().text() == "https://example.org/"
    guide.page.anchorClicked.emit(QUrl("../../README.md"))
    assert guide.file == GUIDE / "README.md"
    assert "copied" in guide.said.text()


def test_pictures_are_never_wider_than_the_page(guide):
    guide.open_page(GUIDE / "quick-start.md")
    for width in (700, 1000):
        guide.resize(width, 600)
        picture = guide.page.document().resource(IMAGE, QUrl("pictures/window.png"))
        room = guide.page.viewport().width()
        assert room - 60 < picture.deviceIndependentSize().width() < room


def test_help_opens_it_once_beside_the_window(qtbot):
    window = shown_window(qtbot, FakeSession(), Settings())
    window.commands["guide"].trigger()
    (dialog,) = window.findChildren(GuideDialog)
    assert dialog.isVisible()
    assert not dialog.isModal()
    dialog.open_page(GUIDE / "keys.md")
    qtbot.keyClick(dialog.page, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    window.commands["guide"].trigger()
    assert window.findChildren(GuideDialog) == [dialog]
    assert dialog.isVisible()
    assert dialog.file == GUIDE / "keys.md"


def test_a_program_without_its_guide_says_so(qtbot, tmp_path):
    dialog = GuideDialog(tmp_path / "gone")
    qtbot.addWidget(dialog)
    assert dialog.text() == MISSING
    assert dialog.contents.isHidden()


def test_a_page_that_is_missing_is_left_out(qtbot, tmp_path):
    for name in ("README.md", "keys.md"):
        shutil.copy(GUIDE / name, tmp_path)
    dialog = GuideDialog(tmp_path)
    qtbot.addWidget(dialog)
    assert [dialog.contents.item(row).text() for row in range(dialog.contents.count())] == ["User guide", "Keys"]


def test_the_built_program_takes_it_along(monkeypatch, tmp_path):
    datas = runpy.run_path(str(ROOT / "packaging" / "parts.py"))["datas"]
    places = {Path(folder) / Path(file).name for file, folder in datas(ROOT, tmp_path, "full") if "guide" in folder}
    monkeypatch.setattr("sys._MEIPASS", "bundle", raising=False)
    monkeypatch.setattr("sys.frozen", True, raising=False)
    built = paths.guide_dir().relative_to("bundle")
    assert places == {built / path.relative_to(GUIDE) for path in GUIDE.rglob("*") if path.suffix in (".md", ".png")}
