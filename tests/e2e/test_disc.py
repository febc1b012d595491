"""A disc with an index, whose pictures lie in many folders, in the real program."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from busi_gui import app
from busi_gui.services.settings import Settings
from busi_gui.views.main_window import MainWindow
from tests.io.opened_files import bundled

DISC = bundled("CT_small.dcm").parent / "dicomdirtests"


@pytest.fixture
def desk(qtbot):
    services = app.build_services()  # its networks are never loaded
    window = MainWindow(services, Settings())
    qtbot.addWidget(window)
    window.show()
    yield window, services.session
    assert services.shut_down()


def opened(qtbot, session, path):
    qtbot.waitUntil(lambda: session.case is not None and session.case.scan.path == path, timeout=20_000)


@pytest.mark.parametrize("name", ["DICOMDIR", ""])
def test_a_disc_is_opened_by_its_index_or_its_folder_and_stays_listed(qtbot, desk, tmp_path, name):
    disc = Path(shutil.copytree(DISC, tmp_path / "disc", ignore=shutil.ignore_patterns("DICOMDIR-*")))
    window, session = desk
    window.open_path(disc / name)
    qtbot.waitUntil(lambda: session.case is not None, timeout=20_000)
    files = session.folder
    assert len(files) == 31
    assert len({path.parent for path in files}) > 3
    opened(qtbot, session, files[0])
    qtbot.keyClick(window, Qt.Key.Key_D)
    opened(qtbot, session, files[1])
    session.open(files[20])  # as a click in the list does
    opened(qtbot, session, files[20])
    assert session.folder is files
    assert session.place == 20
