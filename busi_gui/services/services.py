"""Services: what works behind the window, together."""

from __future__ import annotations

from dataclasses import dataclass

from busi_gui.services.approving import Approving
from busi_gui.services.case_book import CaseBook
from busi_gui.services.exporting import Exporting
from busi_gui.services.retraining import Retraining
from busi_gui.services.session import Session
from busi_gui.services.versions import Versions
from busi_gui.services.work_place import WorkPlace


@dataclass(frozen=True)
class Services:
    """What works behind the window.

    Attributes
    ----------
    problem
        Why the reader's work is not kept where he wants it, and where it is instead, and why other networks answer than those that he chose: for
        him; empty where all is well.
    """

    session: Session
    book: CaseBook
    exporting: Exporting
    work_place: WorkPlace
    approving: Approving
    versions: Versions
    retraining: Retraining
    problem: str = ""

    def shut_down(self) -> bool:
        """End every thread, and return whether all ended in time."""
        parts = (self.retraining, self.versions, self.approving, self.exporting, self.work_place, self.book, self.session)
        have_ended = [part.shut_down() for part in parts]
        return all(have_ended)
