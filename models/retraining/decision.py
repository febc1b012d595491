"""May a proposal be adopted? Rules on the evidence, and their reasons in words for a radiologist.

Few held-out cases are treated as what they are. From eight patients on, an interval from resampling them is worth something: the rise is then
taken unless the interval says that it may as well be a fall. Of fewer, such an interval is too narrow to mean anything; there the mean must rise,
more patients must gain something worth the name than lose it, and none may lose much: one large gain does not hide a loss. What protects against
harm, with few cases, are the scans of other clinics.

Without those nothing is known about other clinics, and what was forgotten cannot be seen. Then the clinic's own rise must be beyond chance, from
eight patients on, and the new networks must have stayed near the old ones on the clinic's scans: what has hardly moved there has not forgotten
everything elsewhere. The shipped networks' Dice with readers is 0.8 to 0.9, so that 0.9 between two networks is a small step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.retraining.evidence import AUC, DICE, FALSE_LESIONS, FIGURE_NAMES, MISSED, SENSITIVITY, Compared, Evidence, SetEvidence
from models.retraining.needs import HELD_OUT_EVERY, LEAST_COMPARED
from models.retraining.suspicions import Suspicion

_COUNTED = (MISSED, FALSE_LESIONS)
_ROUNDING = 1e-4
"""Of what is told."""


@dataclass(frozen=True)
class Limits:
    """What a proposal must reach, and may not exceed.

    Attributes
    ----------
    least_cases
        Held-out cases of the clinic with a lesion.
    least_groups
        Held-out patients or lesions from which on an interval counts.
    lowest
        Where the interval of the clinic's change of Dice may begin.
    even
        Change of a patient's Dice up to which nothing is gained or lost: a line drawn a little to either side.
    worst_loss
        Most Dice that a single patient may lose where there are fewer than ``least_groups``.
    most_cancers_lost
        By how many fewer of the clinic's malignant lesions may be called so.
    most_change
        By how much each figure may change for the worse on scans of other clinics; missed and false lesions by one scan at least, for less than
        one there is not.
    least_base_groups
        Of other clinics' patients or lesions; with fewer the rule for none holds besides.
    least_agreement, most_changed_findings, least_asked
        Without other clinics: mean Dice of old and new networks, the share of findings that change, and on how many scans that must be known.
    """

    least_cases: int = LEAST_COMPARED
    least_groups: int = 8
    lowest: float = -0.005
    even: float = 0.01
    worst_loss: float = 0.1
    most_cancers_lost: int = 0
    most_change: dict[str, float] = field(
        default_factory=lambda: {DICE: -0.01, MISSED: 0.01, FALSE_LESIONS: 0.05, AUC: -0.01, SENSITIVITY: -0.02}, hash=False
    )
    least_base_groups: int = 30
    least_agreement: float = 0.9
    most_changed_findings: float = 0.05
    least_asked: int = 20


@dataclass(frozen=True)
class Decision:
    """Whether adopting is offered, and why: sentences for the reader.

    Attributes
    ----------
    objections
        What speaks against it; a single one is enough.
    remarks
        What else there is to know.
    """

    objections: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def may_adopt(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.objections

    @property
    def reasons(self) -> tuple[str, ...]:
        """All sentences, those against it first."""
        return self.objections + self.remarks


@dataclass(frozen=True)
class _Reason:
    sentence: str
    is_against: bool = False


def decide(evidence: Evidence, suspicions: Sequence[Suspicion], limits: Limits | None = None) -> Decision:
    """Return whether a proposal may be adopted.

    It may where nothing stops the retraining, the clinic's figure rises, none of its cancers is lost, and the figures of other clinics do not fall
    beyond the limits; see the module for few cases and for no other clinics.
    """
    limits = limits or Limits()
    reasons = [_Reason(f"The approved cases are suspicious. {each.sentence}", is_against=True) for each in suspicions if each.stops]
    reasons += _of_clinic(evidence.clinic, limits)
    if evidence.base is not None:
        reasons += _of_base(evidence.base, limits)
    if evidence.base is None or evidence.base.groups < limits.least_base_groups:
        reasons += _without_base(evidence, limits)
    objections, remarks = (tuple(each.sentence for each in reasons if each.is_against is which) for which in (True, False))
    return Decision(objections, remarks)


def _of_clinic(clinic: SetEvidence, limits: Limits) -> Iterator[_Reason]:
    lacking = limits.least_cases - clinic.lesions
    if lacking > 0:
        yield _Reason(
            f"Held out to compare on: {_counted(clinic.lesions, 'case')} with a lesion; {limits.least_cases} are needed. "
            f"Every fifth patient is held out: approve about {HELD_OUT_EVERY * lacking} more cases of other patients.",
            is_against=True,
        )
    dice = clinic.figures[DICE]
    if dice.difference is not None:
        yield _rise(dice, clinic, limits)
        yield from _of_few(clinic, limits) if len(clinic.dice_changes) < limits.least_groups else _of_many(dice, limits.lowest)
    yield from _cancers(clinic.figures[SENSITIVITY], limits)
    for name in (MISSED, FALSE_LESIONS, AUC):
        if clinic.figures[name].difference:
            yield _Reason(f"On your held-out cases: {_told(name, clinic.figures[name])}.")


def _rise(dice: Compared, clinic: SetEvidence, limits: Limits) -> _Reason:
    is_higher = (dice.difference or 0.0) > 0
    interval = f", 95 % interval {_signed(dice.low)} to {_signed(dice.high)}" if len(clinic.dice_changes) >= limits.least_groups else ""
    where = f"On your {_counted(clinic.lesions, 'held-out case')} with a lesion, of {_counted(len(clinic.dice_changes), 'patient')}, the outlines"
    return _Reason(f"{where} agree {'better' if is_higher else 'no better'} with yours: {_told(DICE, dice)}{interval}.", not is_higher)


def _of_many(dice: Compared, lowest: float) -> Iterator[_Reason]:
    if dice.low is not None and dice.low <= lowest:
        yield _Reason(f"The rise may be chance: the interval begins at {_signed(dice.low)}, and must begin above {_signed(lowest)}.", True)


def _of_few(clinic: SetEvidence, limits: Limits) -> Iterator[_Reason]:
    changes = clinic.dice_changes
    gained, lost = sum(change > limits.even for change in changes), sum(change < -limits.even for change in changes)
    if gained <= lost:
        yield _Reason(
            f"Of your held-out patients {gained or 'none'} gained more than {limits.even:.2f} of Dice and {lost or 'none'} lost as much: "
            "more must gain than lose.",
            True,
        )
    if changes[0] < -limits.worst_loss:
        yield _Reason(
            f"One held-out patient's outlines lose {-changes[0]:.2f} of Dice; of so few none may lose more than {limits.worst_loss:.2f}.", True
        )
    yield _Reason(
        f"With fewer than {limits.least_groups} held-out patients the rise may be chance. Every fifth patient is held out: "
        f"about {HELD_OUT_EVERY * (limits.least_groups - len(changes))} more patients would tell."
    )


def _cancers(sensitivity: Compared, limits: Limits) -> Iterator[_Reason]:
    lost = round(-(sensitivity.difference or 0.0) * sensitivity.cases)
    if lost > limits.most_cancers_lost:
        yield _Reason(
            f"Of {_counted(sensitivity.cases, 'malignant lesion')} among your held-out cases the proposal calls {lost} fewer malignant than the "
            "networks in use.",
            is_against=True,
        )
    elif sensitivity.difference is not None:
        yield _Reason(f"On your held-out cases: {_told(SENSITIVITY, sensitivity)}.")


def _of_base(base: SetEvidence, limits: Limits) -> Iterator[_Reason]:
    where = f"On {_counted(base.cases, 'scan')} of other clinics"
    if base.figures[DICE].difference is None:
        yield _Reason(f"{where} no lesion is outlined: nothing can be compared.", is_against=True)
    for name, limit in limits.most_change.items():
        figure = base.figures[name]
        if figure.difference is None:
            yield _Reason(f"{where} this could not be measured: {FIGURE_NAMES[name]}.")
            continue
        sign = 1 if limit > 0 else -1
        of_one = 1 / figure.cases if name in _COUNTED and figure.cases else 0.0
        most = max(abs(limit), of_one)
        is_beyond = sign * figure.difference > most + _ROUNDING
        yield _Reason(f"{where}: {_told(name, figure)}{f'; the limit is {_signed(sign * most)}' if is_beyond else ''}.", is_beyond)


def _without_base(evidence: Evidence, limits: Limits) -> Iterator[_Reason]:
    yield _Reason("Nothing is known about other clinics: of their scans none, or too few, are compared on. The networks may have become worse there.")
    dice, groups = evidence.clinic.figures[DICE], len(evidence.clinic.dice_changes)
    if groups < limits.least_groups or dice.low is None or dice.low <= 0:
        yield _Reason(
            f"Without other clinics the rise on your cases must be beyond chance, with {limits.least_groups} held-out patients or more.",
            is_against=True,
        )
    near = evidence.agreement
    if near.dice is None or near.changed_findings is None or near.cases < limits.least_asked:
        yield _Reason(f"How far the networks have moved must be known on {limits.least_asked} of your scans or more.", is_against=True)
        return
    is_far = near.dice < limits.least_agreement or near.changed_findings > limits.most_changed_findings
    yield _Reason(
        f"On {near.cases} of your scans old and new networks agree by a Dice of {near.dice:.2f}, and {100 * near.changed_findings:.0f} % of the "
        f"findings change; without other clinics at least {limits.least_agreement:.2f} and at most {100 * limits.most_changed_findings:.0f} % are "
        "asked for.",
        is_far,
    )


def _told(name: str, figure: Compared) -> str:
    return f"{FIGURE_NAMES[name]} {figure.new:.3f} instead of {figure.old:.3f} ({_signed(figure.difference)})"


def _counted(number: int, name: str) -> str:
    return f"{number or 'no'} {name}{'' if number == 1 else 's'}"


def _signed(value: float | None) -> str:
    return f"{value or 0.0:+.3f}".replace("-", "−")
