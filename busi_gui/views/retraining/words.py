"""A retraining in words: one place that says them, so that its window, the tooltips and the status bar say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from busi_gui.services.retraining_progress import RetrainingProgress, RetrainingStatus
from busi_gui.services.versions import VersionList
from busi_gui.views.exporting.exchange_dialog import counted
from busi_gui.views.version_words import STAYS
from busi_gui.views.wording import NOT_FOR_CLINICAL_USE, signed_text
from models.retraining.events import Measured, network_name
from models.retraining.evidence import AUC, DICE, FIGURE_NAMES, SENSITIVITY, Compared, GalleryCase, told_shares

NOT_CLINICAL = f"{NOT_FOR_CLINICAL_USE.capitalize()}."
DURATION = "How long it takes is measured in the first steps; the window can be closed meanwhile."
COMPARED = (
    "Compared are, before and after, on your held-out cases and, where a replay pack is there, on scans of other clinics: the agreement of the "
    "outlines (Dice), missed lesions and false ones; where outcomes are recorded also telling malignant from benign (AUC), and the share of "
    "malignant lesions that are called so."
)
RETRAIN_TIP = "The networks learn from your approved cases, on this computer. Those in use stay as they are"
STOP_TIP = "Ends within two seconds. What was fitted is kept: started again, it goes on from there"
HIDE_TIP = "Go on reading; the retraining goes on"
NO_LOSS = "The loss of each step is drawn here when the first steps are taken."
NO_DICE = "The agreement on your held-out cases is drawn here when it is first measured."
LOSS_NAME, STEPS_NAME, DICE_NAME = "loss", "steps", "Dice"
CLINIC_NAME, BASE_NAME, BEFORE_NAME = "your held-out cases", "other clinics", "before"
READER_NAME, OLD_NAME, NEW_NAME, NETWORK_NAME = "yours", "networks before", "proposal", "the network as it learns"
NO_PICTURES = "Cases that are not approved in this Workspace are shown by their outlines alone."
FIGURE_COLUMNS = ("Figure", "Before", "Proposal", "Difference", "95 % interval", "Cases")
_HIGHER_IS_BETTER = frozenset({DICE, AUC, SENSITIVITY})
_MINUTE_S = 60

# while it runs ------------------------------------------------------------------------------------------------------------------------------------


def left_text(progress: RetrainingProgress) -> str:
    """Return how long it takes from now on, such as ``"about 12 minutes left"``."""
    seconds = progress.seconds_left
    if seconds is None:
        return "fitted; old and new networks are compared" if progress.is_fitted else "time left is being measured"
    if seconds < _MINUTE_S:
        return "less than a minute left"
    hours, minutes = divmod(round(seconds / _MINUTE_S), 60)
    if not hours:
        return f"about {counted(minutes, 'minute', 'minutes')} left"
    return f"about {counted(hours, 'hour', 'hours')}{f' {minutes} min' if minutes else ''} left"


def doing_text(progress: RetrainingProgress) -> str:
    """Return what is being done, such as ``"Fitting the segmenter …"``."""
    if progress.status is RetrainingStatus.STOPPING:
        return "Stopping …"
    doing = progress.doing or "working"
    return f"{doing[0].upper()}{doing[1:]} …"


def running_lines(progress: RetrainingProgress) -> list[str]:
    """Return what is going to be fitted, what was decided on the way and what looked wrong, in sentences."""
    return [*planned_lines(progress), *progress.said, *(each.sentence for each in progress.suspicions)]


def planned_lines(progress: RetrainingProgress) -> list[str]:
    """Return what is going to be fitted, in a sentence; none before that is known."""
    planned = progress.planned
    if planned is None:
        return []
    networks = listed([f"the {network_name(name)} in {counted(steps, 'step', 'steps')}" for name, steps in planned.steps.items()])
    cases = f"Fitted on {counted(planned.cases, 'case', 'cases')}, compared on {planned.held_out} held-out"
    return [f"{cases}: {networks or 'no network'}, {counted(planned.batch, 'scan', 'scans')} a step."]


def step_text(measured: Sequence[Measured]) -> str:
    """Return when a network was last asked."""
    if not measured:
        return ""
    return f"after {counted(measured[-1].step, 'step', 'steps')}" if measured[-1].step else "before the first step"


def curves_description(losses: Mapping[str, Sequence[tuple[int, float]]], measured: Sequence[Measured]) -> tuple[str, str]:
    """Return in words where the curves of loss and of Dice have come to; empty where there is none yet."""
    loss = "; ".join(f"{network_name(name)}: {points[-1][1]:.3f} at step {points[-1][0]}" for name, points in losses.items() if points)
    if not measured:
        return loss, ""
    last = measured[-1]
    base = f", {BASE_NAME} {last.base:.2f}" if last.base is not None else ""
    return loss, f"{step_text(measured)}: {CLINIC_NAME} {last.clinic:.2f}{base}; {BEFORE_NAME}: {measured[0].clinic:.2f}"


def strip_text(progress: RetrainingProgress) -> str:
    """Return all of it in a few words for the status bar; empty where there is nothing to say."""
    status = progress.status
    if status is RetrainingStatus.STOPPING:
        return "Retraining: stopping …"
    if status is RetrainingStatus.RUNNING:
        if not progress.fraction:  # nothing is fitted yet
            return f"Retraining: {progress.doing or 'working'} …"
        return f"Retraining: {int(100 * progress.fraction)} %, {progress.doing if progress.seconds_left is None else left_text(progress)}"
    if status is RetrainingStatus.JUDGED:
        return f"Retraining: {'proposal ready' if _may_adopt(progress) else 'nothing proposed'}"
    return {RetrainingStatus.FAILED: "Retraining failed", RetrainingStatus.STOPPED: "Retraining: stopped"}.get(status, "")


def strip_tip(progress: RetrainingProgress) -> str:
    """Return what a click on the status bar's words does, and what is being done."""
    return f"{doing_text(progress)} Click to see more" if progress.is_running else "Click to see what came of it"


# what came of it ----------------------------------------------------------------------------------------------------------------------------------


def result_heading(progress: RetrainingProgress, *, is_in_use: bool = False) -> str:
    """Return what came of it, in plain words; ``is_in_use``: the proposal answers already."""
    if is_in_use:
        return "The proposal is in use"
    if progress.status is RetrainingStatus.STOPPED:
        return "Stopped: what was fitted is kept"
    if progress.status is RetrainingStatus.FAILED or progress.judged is None:
        return "The retraining failed"
    if progress.judged.comparison is None:
        return "Nothing was fitted"
    return "The proposal may be adopted" if _may_adopt(progress) else "The proposal is not to be adopted"


def objections(progress: RetrainingProgress) -> list[str]:
    """Return what speaks against it, or why there is nothing, in sentences."""
    found = [progress.problem] if progress.problem else []
    if progress.judged is not None:
        found += progress.judged.objections
        if progress.judged.comparison is not None and progress.evidence is None:
            found.append("What was compared cannot be understood: the program that compared it may be of another version.")
    return found


def remarks(progress: RetrainingProgress, *, is_in_use: bool = False) -> list[str]:
    """Return what else there is to know, in sentences; ``is_in_use``: the proposal answers already."""
    told = [*told_shares(progress.shares), *(progress.judged.remarks if progress.judged is not None else ()), *progress.said]
    against = set(objections(progress))
    told += [each.sentence for each in progress.suspicions if not any(each.sentence in text for text in against)]
    if progress.kept and not is_in_use:
        told.append(f"The proposal is kept as {progress.kept}, beside the other networks; nobody is made to use it.")
    if progress.status is RetrainingStatus.STOPPED:
        told.append("The networks in use have not changed. Started again with the same approved cases, it goes on from where it was.")
    return list(dict.fromkeys(told))


def again_text(progress: RetrainingProgress) -> str:
    """Return what starting again is called: it goes on where something was fitted."""
    return "&Go on" if progress.status is RetrainingStatus.STOPPED or progress.losses else "Try &again"


def figure_cells(name: str, figure: Compared) -> tuple[str, ...]:
    """Return the cells of a figure's row, as ``FIGURE_COLUMNS`` names them; a dash where nothing could be measured."""
    title = FIGURE_NAMES[name]
    interval = "–" if figure.low is None or figure.high is None else f"{signed_text(figure.low, 3)} to {signed_text(figure.high, 3)}"
    return (
        f"{title[0].upper()}{title[1:]}",
        *("–" if value is None else f"{value:.3f}" for value in (figure.old, figure.new)),
        difference_text(name, figure),
        interval,
        f"{figure.cases}",
    )


def difference_text(name: str, figure: Compared) -> str:
    """Return a difference and, where its interval says so, what it means, such as ``"+0.031, better"``."""
    if figure.difference is None:
        return "–"
    difference = signed_text(figure.difference, 3)
    if figure.low is None or figure.high is None or figure.low <= 0 <= figure.high:
        return difference
    return f"{difference}, {'better' if (figure.difference > 0) is (name in _HIGHER_IS_BETTER) else 'worse'}"


def clinic_text(cases: int, groups: int, *, is_elsewhere: bool = False) -> str:
    """Return what the clinic's own figures were measured on; ``is_elsewhere``: the clinic is another one than this."""
    return f"{'Their' if is_elsewhere else 'Your'} {counted(cases, 'held-out case', 'held-out cases')} of {counted(groups, 'patient', 'patients')}"


def base_text(cases: int) -> str:
    """Return what the figures of other clinics were measured on."""
    return f"{counted(cases, 'scan', 'scans')} of other clinics"


def gallery_text(case: GalleryCase) -> str:
    """Return how a case's Dice changes; the difference is that of the figures as they stand there."""
    return f"Dice {case.old_dice:.2f} → {case.new_dice:.2f} ({signed_text(round(case.new_dice, 2) - round(case.old_dice, 2), 2)})"


def adopt_text(name: str) -> str:
    """Return what the button is called that adopts a version."""
    return f"&Adopt {name.replace('&', '&&')}" if name else "&Adopt"


def adopt_refusal(progress: RetrainingProgress, versions: VersionList | None, *, is_busy: bool) -> str:
    """Return why the proposal cannot be adopted now; empty where it can be."""
    if not _may_adopt(progress):
        return "There is no proposal that may be adopted"
    if versions is not None:
        if versions.in_use.name == progress.kept:
            return f"{progress.kept} is in use"
        if all(entry.name != progress.kept for entry in versions.entries):
            return f"{progress.kept} is not on this computer any more"
    return "Other networks are being looked at or loaded" if is_busy else ""


def adopt_question(name: str) -> str:
    """Return what the reader is asked before the proposal is put in use."""
    return f"Use {name} from now on? {STAYS} One click goes back: Networks… in the menu Network."


def _may_adopt(progress: RetrainingProgress) -> bool:
    return progress.judged is not None and progress.judged.may_adopt and bool(progress.kept)


def listed(parts: Sequence[str]) -> str:
    """Return parts with commas, and an ``and`` before the last."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)
