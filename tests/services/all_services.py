"""All services around a session, as the program builds them, on a folder of the test's."""

from busi_gui.services.approving import Approving
from busi_gui.services.case_book import CaseBook
from busi_gui.services.exporting import Exporting
from busi_gui.services.retraining import Retraining
from busi_gui.services.services import Services
from busi_gui.services.work_place import WorkPlace
from tests.services.version_room import shipped_only


def services_around(session, workspace, folder):
    """Return services that keep what they write in ``folder`` and in the Workspace; nothing retrains."""
    return Services(
        session,
        CaseBook(workspace),
        Exporting(workspace),
        WorkPlace(workspace, folder),
        Approving(session, workspace),
        shipped_only(folder / "networks"),
        Retraining(workspace, list),
    )
