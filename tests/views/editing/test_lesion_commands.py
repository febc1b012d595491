"""What is done to lesions as a whole: each command by its action, on masks that are known, as one step that can be taken back."""

import numpy as np
import pytest

from busi_gui.domain.case import Case
from busi_gui.domain.reading import Assessment, MaskSource
from busi_gui.domain.scan import Box, Region, Scan, Spacing
from tests.views.lesions import SHAPE, LesionDesk, box, case_with

SHAPING = ("fill_holes", "smooth", "keep_largest", "widen", "narrow", "split_lesion", "network_outline")


@pytest.fixture
def desk(qtbot):
    made = LesionDesk()
    qtbot.addWidget(made.window)
    return made


def ring():
    return box(10, 10, 30, 30) & ~box(16, 16, 20, 20)


def undone(desk, before, name):
    """Take one step back, which has this name, and return whether the reading is what it was."""
    assert desk.undo_name == name
    desk.session.editing.undo()
    return desk.reading.is_same(before)


# outlines -----------------------------------------------------------------------------------------------------------------------------------------


def test_holes_are_filled_in_one_step(desk):
    desk.session.set_case(case_with(ring()))
    before = desk.reading
    desk.trigger("fill_holes")
    assert np.array_equal(desk.mask(1), box(10, 10, 30, 30))
    assert desk.outline(1).source is MaskSource.CORRECTED
    assert desk.done == ["fill_holes"]
    assert undone(desk, before, "filling holes of lesion 1")


def test_the_largest_part_is_kept(desk):
    desk.session.set_case(case_with(box(10, 10, 30, 30) | box(40, 40, 45, 45)))
    before = desk.reading
    desk.trigger("keep_largest")
    assert np.array_equal(desk.mask(1), box(10, 10, 30, 30))
    assert undone(desk, before, "keeping the largest part of lesion 1")


def test_teeth_are_smoothed_and_the_area_stays(desk):
    teeth = box(10, 10, 40, 50)
    teeth[5:10, 12:50:8] = True
    desk.session.set_case(case_with(teeth))
    before = desk.reading
    desk.trigger("smooth")
    assert not desk.mask(1)[:8].any(), "the teeth are gone"
    assert abs(int(desk.mask(1).sum()) - int(teeth.sum())) <= 5
    assert undone(desk, before, "smoothing lesion 1")


def test_the_outline_moves_by_pixels_where_the_scan_is_not_calibrated(desk):
    desk.session.set_case(case_with(box(20, 20, 30, 40)))
    before = desk.reading
    desk.trigger("narrow")
    assert np.array_equal(desk.mask(1), box(22, 22, 28, 38))
    assert undone(desk, before, "shrinking lesion 1")
    desk.settings.set_outline_step("px", 3)
    desk.trigger("widen")
    assert desk.mask(1)[17, 30]
    assert desk.mask(1)[16].sum() == 0
    assert desk.mask(1)[25].sum() == 26
    assert undone(desk, before, "growing lesion 1")


def test_the_outline_moves_by_millimetres_with_the_spacing_of_each_axis(desk):
    desk.session.set_case(case_with(box(20, 20, 30, 40), spacing=Spacing(0.5, 0.1)))
    desk.trigger("widen")  # 1 mm: two rows, ten columns
    grown = desk.mask(1)
    rows, columns = np.flatnonzero(grown.any(axis=1)), np.flatnonzero(grown.any(axis=0))
    assert (rows[0], rows[-1] + 1, columns[0], columns[-1] + 1) == (18, 32, 10, 50)


def test_a_lesion_across_two_scales_moves_by_pixels(desk):
    case = case_with(box(20, 20, 30, 60))
    regions = (Region(Box(0, 0, 60, 40), Spacing(0.1, 0.1)), Region(Box(0, 40, 60, 80), Spacing(0.3, 0.3)))
    scan = Scan(case.scan.path, case.scan.pixels, regions=regions)
    assert case.analysis is not None
    desk.session.set_case(Case(scan).with_analysis(case.analysis, ()))
    desk.trigger("widen")
    rows = np.flatnonzero(desk.mask(1).any(axis=1))
    assert (rows[0], rows[-1] + 1) == (18, 32)


def test_a_lesion_is_not_shrunk_away(desk):
    desk.session.set_case(case_with(box(20, 20, 23, 40)))
    desk.trigger("narrow")
    assert desk.numbers == [1]
    assert desk.said == ["Lesion 1 is too small to shrink by 2 px: nothing would be left of it."]
    assert desk.done == []


def test_growing_stops_at_other_lesions(desk):
    desk.session.set_case(case_with(box(20, 20, 30, 40), box(20, 41, 30, 60)))
    desk.trigger("widen")
    assert not np.any(desk.mask(1) & desk.mask(2))
    assert np.array_equal(desk.mask(2), box(20, 41, 30, 60))
    assert desk.mask(1)[25, 40]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("fill_holes", "Lesion 1 has no holes."),
        ("keep_largest", "Lesion 1 has only one part."),
        ("split_lesion", "Lesion 1 has only one part."),
        ("network_outline", "Lesion 1 has the network’s outline."),
        ("merge_lesions", None),  # not enabled with a single lesion
    ],
)
def test_where_there_is_nothing_to_do_it_says_so_and_there_is_no_step(desk, name, sentence):
    desk.session.set_case(case_with(box(10, 10, 30, 30)))
    step = desk.undo_name
    desk.trigger(name)
    assert desk.said == ([sentence] if sentence else [])
    assert desk.undo_name == step
    assert desk.done == []


def test_a_lesion_that_fills_the_scan_is_smooth_and_cannot_grow(desk):
    desk.session.set_case(case_with(box(0, 0, *SHAPE)))
    desk.trigger("smooth")
    desk.trigger("widen")
    assert desk.said[0] == "Lesion 1 is smooth already."
    assert desk.said[1].startswith("Lesion 1 stays as it is")
    assert not desk.reading.is_touched


@pytest.mark.parametrize("name", SHAPING)
def test_a_locked_lesion_is_not_changed_and_it_says_why(desk, name):
    desk.session.set_case(case_with(ring() | box(40, 40, 44, 44)))
    desk.session.editing.edit("x", desk.reading.with_mask(1, ring() | box(50, 40, 54, 44)).changed(1, is_locked=True))
    before = desk.reading
    desk.trigger(name)
    assert desk.reading is before
    assert desk.said == ["Lesion 1 is locked. Unlock it in the list of lesions to change it."]


@pytest.mark.parametrize("name", SHAPING)
def test_a_hidden_lesion_is_not_changed_unseen(desk, name):
    desk.session.set_case(case_with(ring() | box(40, 40, 44, 44)))
    desk.session.editing.edit("x", desk.reading.with_mask(1, ring() | box(50, 40, 54, 44)).changed(1, is_hidden=True, name="cyst"))
    before = desk.reading
    desk.trigger(name)
    assert desk.reading is before
    assert desk.said == ["cyst is hidden. Show it in the list of lesions to change it."]


def test_the_network_gives_its_outline_again(desk):
    desk.session.set_case(case_with(box(10, 10, 30, 30)))
    desk.session.editing.edit("brush stroke", desk.reading.with_mask(1, box(10, 10, 30, 25)))
    before = desk.reading
    desk.trigger("network_outline")
    assert desk.outline(1).source is MaskSource.NETWORK
    assert np.array_equal(desk.mask(1), box(10, 10, 30, 30))
    case = desk.session.case
    assert case is not None
    assert not case.lesions[0].is_stale, "what the network said of its own outline holds again"
    assert undone(desk, before, "the network’s outline of lesion 1")


def test_the_network_has_no_outline_where_it_found_nothing(desk):
    desk.session.set_case(case_with(box(10, 10, 20, 20)))
    desk.draw(box(40, 40, 50, 50))
    desk.selection.select(2)
    desk.trigger("network_outline")
    assert desk.said == ["The network outlines nothing where lesion 2 lies."]


# several ------------------------------------------------------------------------------------------------------------------------------------------


def test_the_parts_of_a_lesion_become_lesions(desk):
    desk.session.set_case(case_with(box(10, 10, 30, 30) | box(40, 40, 45, 45), box(5, 60, 9, 70)))
    before = desk.reading
    desk.trigger("split_lesion")
    assert desk.numbers == [1, 3, 2]
    assert np.array_equal(desk.mask(3), box(40, 40, 45, 45))
    assert desk.selection.number == 1
    assert undone(desk, before, "splitting lesion 1")


def test_chosen_lesions_are_merged_into_the_first(desk):
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(30, 10, 40, 20), box(10, 50, 20, 60)))
    desk.change(1, name="cyst", assessment=Assessment("3"))
    before = desk.reading
    desk.selection.select(3)
    desk.selection.choose([1])
    desk.trigger("merge_lesions")
    assert desk.numbers == [1, 2]
    assert np.array_equal(desk.mask(1), box(10, 10, 20, 20) | box(10, 50, 20, 60))
    assert (desk.outline(1).title, desk.outline(1).assessment.category) == ("cyst", "3")
    assert desk.selection.chosen == (1,)
    assert undone(desk, before, "merging 2 lesions")
    assert desk.selection.chosen == (1,)


def test_one_lesion_is_merged_with_its_nearest(desk):
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(40, 10, 50, 20), box(10, 30, 20, 40)))
    desk.trigger("merge_lesions")
    assert desk.numbers == [1, 2]
    assert np.array_equal(desk.mask(1), box(10, 10, 20, 20) | box(10, 30, 20, 40))


@pytest.mark.parametrize("locked", [1, 2])
def test_a_locked_lesion_is_not_merged(desk, locked):
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(40, 10, 50, 20)))
    desk.change(locked, is_locked=True)
    desk.trigger("merge_lesions")
    assert desk.numbers == [1, 2]
    assert desk.said == [f"Lesion {locked} is locked. Unlock it in the list of lesions to change it."]


def test_the_next_drawn_lesion_is_a_new_one(desk):
    desk.session.set_case(case_with(box(10, 10, 20, 20)))
    desk.trigger("new_lesion")
    assert desk.selection.number is None
    assert desk.selection.is_beginning
    assert not desk.actions["smooth"].isEnabled()
    assert not desk.commands.can_delete


# deleting -----------------------------------------------------------------------------------------------------------------------------------------


def test_the_lesion_in_hand_is_deleted_and_the_next_is_taken(desk):
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(30, 10, 40, 20), box(10, 50, 20, 60)))
    before = desk.reading
    desk.selection.select(2)
    assert desk.commands.delete_selected()
    assert desk.numbers == [1, 3]
    assert desk.selection.number == 3
    assert undone(desk, before, "deleting lesion 2")
    desk.selection.select(3)
    desk.commands.delete_selected()
    assert desk.selection.number == 2


def test_chosen_lesions_are_deleted_in_one_step(desk):
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(30, 10, 40, 20), box(10, 50, 20, 60)))
    before = desk.reading
    desk.selection.choose([2, 3])
    assert desk.commands.delete_selected()
    assert desk.reading.outlines == ()
    assert desk.reading.is_touched, "the network's do not come back by themselves"
    assert not desk.commands.delete_selected()
    assert undone(desk, before, "deleting 3 lesions")


def test_a_locked_lesion_is_not_deleted_and_the_key_is_spent(desk):
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(30, 10, 40, 20)))
    desk.change(2, is_locked=True)
    desk.selection.choose([2])
    assert desk.commands.delete_selected()
    assert desk.numbers == [1, 2]
    assert desk.said == ["Lesion 2 is locked. Unlock it in the list of lesions to delete it."]


# locked, hidden -----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "field", "words"), [("lock_lesion", "is_locked", ("locking", "unlocking")), ("hide_lesion", "is_hidden", ("hiding", "showing"))]
)
def test_chosen_lesions_are_locked_and_hidden_together(desk, name, field, words):
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(30, 10, 40, 20), box(10, 50, 20, 60)))
    before = desk.reading
    desk.selection.choose([3])
    desk.trigger(name)
    assert [getattr(outline, field) for outline in desk.reading.outlines] == [True, False, True]
    assert desk.actions[name].isChecked()
    assert undone(desk, before, f"{words[0]} 2 lesions")
    assert not desk.actions[name].isChecked()
    desk.session.editing.redo()
    desk.selection.select(2)
    assert not desk.actions[name].isChecked()
    desk.selection.select(1)
    assert desk.actions[name].isChecked()
    desk.trigger(name)
    assert not getattr(desk.outline(1), field)
    assert desk.undo_name == f"{words[1]} lesion 1"


def test_without_a_lesion_only_a_new_one_can_be_begun(desk):
    names = ("fill_holes", "smooth", "keep_largest", "widen", "narrow", "split_lesion", "merge_lesions", "network_outline", "lock_lesion")
    assert not any(desk.actions[name].isEnabled() for name in (*names, "hide_lesion", "rename_lesion", "new_lesion", "copy_to_next_frame"))
    desk.session.set_case(case_with())
    assert desk.actions["new_lesion"].isEnabled()
    assert not any(desk.actions[name].isEnabled() for name in names)
    desk.draw(box(10, 10, 20, 20))
    assert desk.actions["smooth"].isEnabled()
    assert not desk.actions["merge_lesions"].isEnabled()
    assert not desk.actions["network_outline"].isEnabled(), "the network found nothing"


def test_a_key_deletes_no_lesion_that_is_hidden(desk):
    desk.session.set_case(case_with(box(10, 10, 20, 20), box(30, 30, 40, 40)))
    desk.selection.select(1)
    desk.trigger("hide_lesion")
    assert desk.commands.delete_selected()
    assert desk.numbers == [1, 2]
    assert "Lesion 1 is hidden" in desk.said[-1]
    desk.trigger("hide_lesion")
    assert desk.commands.delete_selected()
    assert desk.numbers == [2]
