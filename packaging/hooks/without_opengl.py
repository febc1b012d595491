"""Runs before the program: pyqtgraph loads QtOpenGL, 9 MB, for plots that a graphics card draws; the program has none, and nothing is asked of it."""

import sys
import types

sys.modules["PySide6.QtOpenGL"] = types.ModuleType("PySide6.QtOpenGL")
