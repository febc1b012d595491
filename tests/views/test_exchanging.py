"""Exports and imports from the window, on real files and a real workspace."""

import csv
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from busi_gui.domain.case import CaseStatus
from busi_gui.domain.scan import file_key
from busi_gui.io.scans import open_scan
from busi_gui.services.exporting import ExportFormat
from busi_gui.services.settings import Settings
from busi_gui.store.workspace import Workspace
from busi_gui.views.main_window import MainWindow
from tests.domain.readings import box
from tests.services.all_services import services_around
from tests.views.fake_session import FakeSession, make_case, make_scan

SHAPE = (40, 50)


def png(path, seed):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, SHAPE, np.uint8)).save(path)
    return path


def key_of(path):
    with open_scan(path) as file:
        return file_key(file.read_first()[0])


@pytest.fixture
def desk(qtbot, tmp_path):
    """A window over a folder of two scans, one of them corrected."""
    session, workspace, settings = FakeSession(), Workspace(tmp_path / "work.db"), Settings(tmp_path / "settings.ini")
    services = services_around(session, workspace, tmp_path / "data")
    files = (png(tmp_path / "scans" / "a.png", 1), png(tmp_path / "scans" / "b.png", 2))
    from busi_gui.domain.reading import Reading

    workspace.store(key_of(files[1]), 0, Reading().added(box(3, 4, 20, 30, SHAPE)), base=0)
    workspace.remember(key_of(files[1]), status=CaseStatus.CORRECTED)
    window = MainWindow(services, settings)
    qtbot.addWidget(window, before_close_func=lambda _: services.book.shut_down() and services.exporting.shut_down())
    window.show()
    session.set_folder(files)
    session.set_case(make_case(scan=make_scan(files[0])))
    qtbot.waitUntil(lambda: services.book.progress == (2, 2))
    yield SimpleNamespace(session=session, workspace=workspace, services=services, window=window, files=files)
    services.approving.shut_down()
    services.exporting.shut_down()
    services.book.shut_down()
    workspace.close()


def test_there_is_nothing_to_export_without_a_scan(desk):
    assert desk.window.commands["export"].isEnabled()
    desk.session.set_case(None)
    assert not desk.window.commands["export"].isEnabled()
    assert desk.window.commands["import_masks"].isEnabled()


def test_the_corrected_scans_of_the_list_are_exported(qtbot, desk, tmp_path):
    dialog = desk.window.exchanging.open_export()
    labels = [dialog.cases.itemText(place) for place in range(dialog.cases.count())]
    (corrected,) = [place for place, label in enumerate(labels) if "corrected" in label]
    assert not any("All reviewed" in label for label in labels), "there is none"
    dialog.cases.setCurrentIndex(corrected)
    dialog.formats[ExportFormat.CSV].setChecked(True)
    dialog.place.setText(str(tmp_path / "measures.csv"))
    with qtbot.waitSignal(desk.services.exporting.finished):
        dialog.start_button.click()
    with (tmp_path / "measures.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert row["mask_source"] == "drawn"
    dialog.close()


def test_what_is_imported_is_shown_at_once(qtbot, desk, tmp_path):
    folder = tmp_path / "dataset"
    png(folder / "benign" / "one.png", 1)  # the pixels of a.png
    Image.fromarray(255 * box(5, 6, 15, 26, SHAPE).astype(np.uint8)).save(folder / "benign" / "one_mask.png")
    dialog = desk.window.exchanging.open_import()
    dialog.folder.setText(str(folder))
    with qtbot.waitSignal(desk.services.exporting.finished):
        dialog.start_button.click()
    assert desk.session.calls[-1] == ("open", desk.files[0]), "the scan on screen is opened again, with its masks"
    stored = desk.workspace.readings(key_of(desk.files[0]))[0].packed.unpacked()
    assert np.array_equal(stored.outlines[0].mask, box(5, 6, 15, 26, SHAPE))
    qtbot.waitUntil(lambda: desk.services.book.entry(desk.files[0]).status is CaseStatus.CORRECTED)
    dialog.close()
