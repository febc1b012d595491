"""The mask tools that are not brushes, for whoever puts them into the reader's hand."""

from __future__ import annotations

from PySide6.QtCore import QObject

from busi_gui.services.session import Session
from busi_gui.views.editing.contour import Contour
from busi_gui.views.editing.cut import Cut
from busi_gui.views.editing.draft import Draft
from busi_gui.views.editing.grow import Grow
from busi_gui.views.editing.path_tool import PathTool
from busi_gui.views.editing.polygon import PolygonTool
from busi_gui.views.editing.scissors import ScissorsTool
from busi_gui.views.scan.layers import Tool
from busi_gui.views.scan.scan_view import ScanView


def path_tools(session: Session, view: ScanView, draft: Draft, parent: QObject | None = None) -> dict[Tool, PathTool]:
    """Return the tools that draw a line, or grow a region, each with the tool in the reader's hand that it goes with."""
    return {
        Tool.CONTOUR: Contour(view, draft, parent),
        Tool.POLYGON: PolygonTool(view, draft, parent),
        Tool.SCISSORS: ScissorsTool(view, draft, parent),
        Tool.GROW: Grow(view, draft, parent),
        Tool.CUT: Cut(session, view, draft, parent),
    }
