"""Two scans side by side."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from busi_gui.services.settings import Settings
from busi_gui.views.actions import Actions
from busi_gui.views.scan.comparison import LINKED, SAME_SCALE, Comparison
from busi_gui.views.scan.layer_controls import LayerControls
from busi_gui.views.scan.layers import Layer, Tool
from busi_gui.views.scan.scan_view import ScanView
from tests.views.compared import make_compared, shown_comparison
from tests.views.fake_session import FakeSession
from tests.views.scan_views import corners, drag, picture, wheel

PLACE = QPoint(120, 90)


@pytest.fixture
def shown(qtbot):
    yield from shown_comparison(qtbot)


@pytest.fixture
def pair(shown):
    """The session, the comparison and its views, with a scan beside."""
    session, comparison = shown
    session.set_beside(make_compared("left.png", 120, 160))
    return session, comparison, comparison.main_view, comparison.second_view


def headers(comparison):
    return [pane.header.text for pane in comparison._panes]


def look(view):
    return view.look


def press(view, place=PLACE):
    QTest.mouseClick(view._canvas.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_one_scan_alone_has_the_whole_room_and_no_line_above_it(shown):
    _, comparison = shown
    assert comparison.main_view.width() == 1000
    assert comparison.main_view.height() == 400
    assert comparison.views() == (comparison.main_view,)
    assert not comparison.second_view.isVisible()


def test_a_scan_beside_takes_half_the_room(pair):
    _, comparison, first, second = pair
    assert second.isVisible()
    assert first.width() == pytest.approx(second.width(), abs=1)
    assert first.height() == second.height()
    assert comparison.views() == (first, second)
    assert second.case is not None


def test_a_scan_that_was_zoomed_stays_so_when_another_comes_beside_it(shown):
    session, comparison = shown
    wheel(comparison.main_view, PLACE, 4)
    before = look(comparison.main_view)
    session.set_beside(make_compared("left.png", 120, 160))
    first, second = look(comparison.main_view), look(comparison.second_view)
    assert (first.scale, first.x, first.y) == (before.scale, before.x, before.y)
    # The same share: the second has twice the pixels in the same room.
    assert second.scale == pytest.approx(first.scale / 2)
    assert (second.x, second.y) == pytest.approx((first.x * 2, first.y * 2))


def test_closing_gives_the_room_back(pair):
    session, comparison, first, second = pair
    QTest.mouseClick(comparison.close_button, Qt.MouseButton.LeftButton)
    assert session.beside is None
    assert second.case is None
    assert first.width() == 1000
    assert look(first).scale == pytest.approx(look(first).fit_scale)


def test_closing_the_active_view_makes_the_other_active(pair):
    session, comparison, first, second = pair
    press(second)
    session.close_beside()
    assert comparison.active_view is first
    assert QApplication.focusWidget() is first._canvas


def test_each_line_says_which_scan_it_is(pair):
    _, comparison, *_ = pair
    first, second = headers(comparison)
    assert first.startswith("This scan, right.png")
    assert second.startswith("Beside, left.png")


def test_the_line_of_a_cine_says_which_frame_it_is(pair):
    session, comparison, *_ = pair
    session.set_beside(make_compared("loop.dcm", frame=33, frame_count=120))
    assert headers(comparison)[1] == "Beside, loop.dcm, 34/120, 0.83 above the point, 26 Mar 2024"


def test_the_date_is_hidden_with_the_identity(pair):
    _, comparison, first, second = pair
    assert all("26 Mar 2024" in text for text in headers(comparison))
    comparison.set_identity_visible(False)
    assert not any("2024" in text for text in headers(comparison))
    for view in (first, second):
        assert corners(view).identity == ()


def test_the_line_says_how_the_two_go_together(pair):
    session, comparison, *_ = pair
    assert headers(comparison)[0].endswith(LINKED)
    session.set_case(make_compared(mm=0.1))
    session.set_beside(make_compared("left.png", 120, 160, mm=0.07))
    assert headers(comparison)[0].endswith(SAME_SCALE)
    comparison.link.set_linked(False)
    assert headers(comparison)[0] == "This scan, right.png, 0.83 above the point, 26 Mar 2024"


def test_a_calibrated_pair_has_the_same_millimetres_on_the_screen(pair):
    session, _, first, second = pair
    session.set_case(make_compared(mm=0.1))
    session.set_beside(make_compared("left.png", 120, 160, mm=0.07))
    assert corners(first).px_per_mm == pytest.approx(corners(second).px_per_mm)
    wheel(second, PLACE, 3)
    assert corners(first).px_per_mm == pytest.approx(corners(second).px_per_mm)


def test_a_narrow_line_keeps_its_name_and_leaves_out_the_date_first(pair):
    session, comparison, *_ = pair
    session.set_beside(make_compared("a rather long name of a file.dcm", frame=33, frame_count=120))
    header = comparison._panes[1].header
    comparison.resize(560, 400)
    assert not header._date.isVisible()
    assert header._frame.text() == "34/120"
    assert header._role.text() == "Beside"
    assert "…" in header._name.text()
    assert len(header._name.text()) > 5
    assert comparison.close_button.geometry().right() < header.width()
    comparison.resize(1200, 400)
    assert header._date.text() == "26 Mar 2024"
    assert header._name.text() == "a rather long name of a file.dcm"


@pytest.mark.parametrize("layer", Layer)
def test_layers_are_the_same_in_both(pair, layer):
    _, comparison, first, second = pair
    comparison.set_layer_visible(layer, True)
    comparison.set_layer_opacity(layer, 0.3)
    for view in (first, second):
        assert view.is_layer_visible(layer)
        assert view.layer_opacity(layer) == pytest.approx(0.3)
    assert comparison.is_layer_visible(layer)
    assert comparison.layer_opacity(layer) == pytest.approx(0.3)


def test_a_scan_that_comes_later_is_drawn_as_the_first_is(shown):
    session, comparison = shown
    comparison.set_layer_visible(Layer.OUTLINE, False)
    comparison.set_identity_visible(False)
    comparison.set_tool(Tool.WINDOW)
    session.set_beside(make_compared("left.png"))
    view = comparison.second_view
    assert not view.is_layer_visible(Layer.OUTLINE)
    assert corners(view).identity == ()
    drag(view, PLACE, PLACE + QPoint(-40, 0))
    assert view.window_width < 255


def test_the_lesion_of_the_scan_beside_is_outlined_and_hidden_with_the_others(pair):
    _, comparison, _, second = pair
    drawn = picture(second)
    comparison.hide_overlays(True)
    assert picture(second) != drawn
    comparison.hide_overlays(False)
    assert picture(second) == drawn


def test_window_and_level_belong_to_each_view(pair):
    _, _, first, second = pair
    drag(second, PLACE, PLACE + QPoint(-40, 0), Qt.MouseButton.RightButton)
    assert second.window_width < 255
    assert first.window_width == 255


def test_a_click_makes_a_view_active(pair, qtbot):
    _, comparison, first, second = pair
    assert comparison.active_view is first
    with qtbot.waitSignal(comparison.active_changed) as changed:
        press(second)
    assert changed.args == [second]
    assert comparison.active_view is second
    press(first)
    assert comparison.active_view is first


def test_a_click_on_the_line_makes_its_view_active(pair):
    _, comparison, _, second = pair
    QTest.mouseClick(comparison._panes[1].header, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert comparison.active_view is second
    assert QApplication.focusWidget() is second._canvas


def test_the_focus_goes_to_the_active_view(pair):
    _, comparison, first, second = pair
    press(second)
    first.clearFocus()
    comparison.setFocus(Qt.FocusReason.ShortcutFocusReason)
    assert QApplication.focusWidget() is second._canvas


def test_the_active_view_is_seen_as_such(pair):
    _, comparison, first, second = pair
    frames = [[pane.grab().toImage().pixelColor(0, 200) for pane in comparison._panes] for view in (first, second) if not press(view)]
    assert frames[0] == frames[1][::-1]
    assert frames[0][0] != frames[0][1]


def test_keys_for_the_zoom_go_to_the_active_view(pair):
    _, comparison, first, second = pair
    comparison.link.set_linked(False)
    press(second)
    before = look(first), look(second).scale
    comparison.zoom_by(2)
    assert look(second).scale == pytest.approx(before[1] * 2)
    comparison.one_to_one()
    assert second.zoom_percent == pytest.approx(100)
    comparison.fit()
    assert look(second).fitted
    second.set_window(80, 60)
    comparison.reset_window()
    assert second.window_width == 255
    assert look(first) == before[0]


def test_the_views_have_names_for_those_who_cannot_see_them(pair):
    _, comparison, first, second = pair
    assert first._canvas.accessibleName() == "Scan"
    assert second._canvas.accessibleName() == "Scan beside"
    for button in (comparison.swap_button, comparison.close_button):
        assert button.accessibleName()


def test_buttons_can_be_pressed_by_key(pair):
    session, comparison, *_ = pair
    comparison.close_button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(comparison.close_button, Qt.Key.Key_Space)
    assert session.beside is None
    assert QApplication.focusWidget() is comparison.main_view._canvas


def test_scans_that_are_swapped_keep_zoom_place_and_window(pair):
    _, comparison, first, second = pair
    wheel(first, PLACE, 5)
    drag(second, PLACE, PLACE + QPoint(12, 5))
    second.set_window(90, 70)
    before = [(view.case.scan, look(view).scale, look(view).x, look(view).y, view.window_width) for view in (second, first)]
    QTest.mouseClick(comparison.swap_button, Qt.MouseButton.LeftButton)
    after = [(view.case.scan, look(view).scale, look(view).x, look(view).y, view.window_width) for view in (first, second)]
    assert after == before
    assert headers(comparison)[0].startswith("This scan, left.png")


def test_calibrated_scans_that_are_swapped_stay_at_the_same_scale(pair):
    session, comparison, first, second = pair
    session.set_case(make_compared(mm=0.1))
    session.set_beside(make_compared("left.png", 120, 160, mm=0.07))
    before = corners(first).px_per_mm
    comparison.swap()
    assert corners(first).px_per_mm == pytest.approx(before)
    assert corners(second).px_per_mm == pytest.approx(before)


def test_the_next_frame_beside_keeps_zoom_and_place(pair):
    session, _, first, second = pair
    session.set_beside(make_compared("loop.dcm", frame_count=2))
    wheel(second, PLACE, 4)
    before = look(first), look(second)
    session.set_beside(make_compared("loop.dcm", frame=1, frame_count=2))
    assert (look(first), look(second)) == before


def test_the_shares_of_the_room_are_kept_and_remembered(pair, qtbot):
    session, comparison, first, second = pair
    handle = comparison._splitter.handle(1)
    start = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(handle, start + QPoint(200, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=start + QPoint(200, 0))
    share = first.width() / second.width()
    assert share > 1.5
    session.close_beside()
    session.set_beside(make_compared("left.png"))
    assert first.width() / second.width() == pytest.approx(share, rel=0.02)
    session = FakeSession()
    another = Comparison(session, ScanView(), comparison.parentWidget())
    assert another.restore_state(comparison.save_state())
    another.resize(1000, 400)
    another.show()
    session.set_beside(make_compared("left.png"))
    assert another.main_view.width() / another.second_view.width() == pytest.approx(share, rel=0.02)


@pytest.mark.parametrize("state", [b"", b"share ", b"share nan", b"share 0", b"share 1.5", b"nonsense", b"x share 0.5"])
def test_what_is_no_state_changes_nothing(pair, state):
    _, comparison, first, second = pair
    assert not comparison.restore_state(QByteArray(state))
    assert first.width() == pytest.approx(second.width(), abs=1)


def test_the_layer_controls_take_it_for_a_view(pair):
    _, comparison, first, second = pair
    settings = Settings()
    actions = Actions(settings, comparison)
    controls = LayerControls(comparison, actions, settings, comparison)
    actions["fill"].setChecked(True)
    assert first.is_layer_visible(Layer.FILL)
    assert second.is_layer_visible(Layer.FILL)
    wheel(second, PLACE, 2, Qt.KeyboardModifier.AltModifier)
    assert first.layer_opacity(Layer.SALIENCY) == pytest.approx(controls.opacity(Layer.SALIENCY))
    assert first.layer_opacity(Layer.SALIENCY) == second.layer_opacity(Layer.SALIENCY) > 0.45


def test_no_view_takes_drops_for_itself(pair):
    _, _, _, second = pair
    assert not second._canvas.acceptDrops()
    assert not second._canvas.viewport().acceptDrops()
