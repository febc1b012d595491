"""LateWorkspace: a Workspace that is opened once it is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from busi_gui.store.workspace import Workspace


def in_memory() -> Workspace:
    """Return a Workspace that forgets everything at the end."""
    from busi_gui.store.workspace import Workspace  # what a database needs takes a while to load

    return Workspace()


@dataclass(frozen=True, eq=False)
class OpenedWorkspace:
    """A Workspace that is open.

    Attributes
    ----------
    place
        Its file or address; empty where it is in memory alone.
    problem
        Why it is not where the reader wants it, for him; empty where it is.
    """

    workspace: Workspace
    place: str = ""
    problem: str = ""


class LateWorkspace:
    """Opens a Workspace at the first call, on whatever thread that is; other threads wait for it meanwhile.

    What a database needs takes a fifth of a second to load, and a server or a drive in the network may take longer to answer: the window is there
    before. Whatever else is asked of it, it asks of the Workspace.
    """

    def __init__(self, open_place: Callable[[], OpenedWorkspace]) -> None:
        self._open, self._lock = open_place, Lock()
        self._opened: OpenedWorkspace | None = None

    def opened(self) -> OpenedWorkspace:
        """Return the Workspace, opened if that was never done; raises what opening it does, and the next call tries again."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def as_workspace(self) -> Workspace:
        """Return this as what it stands for."""
        return cast("Workspace", self)

    def __getattr__(self, name: str) -> Any:
        """Return what the Workspace has under a name."""
        return getattr(self.opened().workspace, name)
