"""A hidden lesion is neither drawn nor met by the pointer, and its saliency is still its own."""

from busi_gui.views.scan.lesion_items import OutlineItem
from busi_gui.views.scan.scan_view import ScanView
from tests.views.lesions import LesionDesk, box, case_with
from tests.views.measured import at, click, move


def drawn(view):
    return sorted(item.number for item in view._canvas.scene().items() if isinstance(item, OutlineItem))


def test_a_hidden_lesion_is_not_drawn_and_not_met(qtbot):
    desk = LesionDesk()
    qtbot.addWidget(desk.window)
    desk.window.resize(400, 300)
    view = ScanView(desk.window)
    view.resize(400, 300)
    desk.session.case_changed.connect(lambda case: view.show_case(case, True))
    desk.window.show()
    clicked, pointed = [], []
    view.lesion_clicked.connect(clicked.append)
    view.pointer_moved.connect(lambda _row, _column, _gray, number: pointed.append(number))
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(30, 30, 40, 40)))
    assert drawn(view) == [1, 2]
    click(view, (15, 15))
    assert clicked == [1]
    desk.trigger("hide_lesion")
    assert drawn(view) == [2]
    click(view, (15, 15))
    assert clicked == [1]
    pointed.clear()
    move(view, at(view, 14, 14), held=False)
    assert set(pointed) == {0}
    click(view, (35, 35))
    assert clicked == [1, 2]
    desk.session.editing.undo()
    assert drawn(view) == [1, 2]
