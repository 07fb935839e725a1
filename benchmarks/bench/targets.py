"""What Readfleet wants to reach against others and itself, and whether it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.bench.scaling import Scaling
from benchmarks.bench.summary import Summary
from benchmarks.bench.systems import default_mode

#: Stands for the mode that is the default.
_DEFAULT: Final = "default"
_EVERY: Final = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """So many times the pages a second of another system, at such an F1, on a set; without a set on every one.

    A speed of 0 is none to reach.
    """

    ours: str
    theirs: str
    speed: float
    set: str | None = _EVERY
    #: The least difference of F1.
    f1: float = 0.0
    #: The most that character errors in order may be of theirs.
    cer: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A target, what was measured, and whether that is enough."""

    target: str
    measured: str
    met: bool


AGAINST: Final = (
    Against(ours=_DEFAULT, theirs="rapidocr", speed=3, f1=-0.003),
    Against(ours=_DEFAULT, theirs="tesseract", speed=1),
    Against(ours=_DEFAULT, theirs="tesseract", speed=0, f1=-1, set="letters", cer=0.7),
    Against(ours="fast", theirs="faster-paddle", speed=1.2, set="letters"),
    Against(ours="fast", theirs="faster-paddle", speed=1.2, set="mixed"),
    Against(ours="fast", theirs="faster-paddle", speed=1, set="receipts"),
    Against(ours=_DEFAULT, theirs="accurate", speed=2, f1=-0.005, set="letters"),
    Against(ours=_DEFAULT, theirs="accurate", speed=2, f1=-0.005, set="mixed"),
    Against(ours=_DEFAULT, theirs="accurate", speed=0, f1=-0.005, set="receipts"),
    Against(ours=_DEFAULT, theirs="accurate", speed=0, f1=-0.005, set="iam"),
    Against(ours=f"{_DEFAULT}-avx2", theirs="rapidocr", speed=2, f1=-0.003),
)
#: Character errors in order on pages by hand.
HANDWRITING: Final = ("iam", 0.13)
#: Pages a second of the processor that carry their text.
TEXT_LAYER: Final = 50
#: Pages a second of two workers on two cores, with one as 1.
TWO_WORKERS: Final = 1.9


def verdicts(summaries: Sequence[Summary], layer_rate: float | None, scaling: Scaling | None) -> Iterator[Verdict]:
    """Of each target whose systems and sets were measured."""
    found = {(each.system, each.set): each for each in summaries}
    for target in AGAINST:
        ours = target.ours.replace(_DEFAULT, default_mode())
        for each in summaries:
            theirs = found.get((target.theirs, each.set))
            if each.system == ours and theirs and target.set in (_EVERY, each.set):
                yield _against(target, each, theirs)
    if by_hand := found.get((default_mode(), HANDWRITING[0])):
        cer = by_hand.score.cer
        yield Verdict(
            target=f"{by_hand.system}, {by_hand.set}: CER up to {HANDWRITING[1]:.2f}",
            measured=f"{cer:.3f}",
            met=cer <= HANDWRITING[1],
        )
    if layer_rate is not None:
        yield Verdict(
            target=f"text layer: {TEXT_LAYER} pages/s of a core",
            measured=f"{layer_rate:.0f}",
            met=layer_rate >= TEXT_LAYER,
        )
    if scaling is not None:
        yield Verdict(
            target=f"two workers, {scaling.system}: {TWO_WORKERS} times the pages of one",
            measured=f"{scaling.cpu_ratio:.2f} ({scaling.wall_ratio:.2f} by the clock)",
            met=scaling.cpu_ratio >= TWO_WORKERS,
        )


def _against(target: Against, ours: Summary, theirs: Summary) -> Verdict:
    wanted, measured, met = [], [], True
    if target.speed:
        ratio = ours.cpu_rate / theirs.cpu_rate
        wanted.append("as many pages/s" if target.speed == 1 else f"{target.speed:g} times the pages/s")
        measured.append(f"{ratio:.2f} times")
        met &= ratio >= target.speed
    if target.f1 > -1:
        difference = ours.score.f1 - theirs.score.f1
        wanted.append("no lower F1" if target.f1 == 0 else f"F1 lower by {-target.f1:g} at most")
        measured.append(f"F1 {difference:+.4f}")
        met &= difference >= target.f1
    if target.cer is not None:
        part = ours.score.cer / theirs.score.cer if theirs.score.cer else 1.0
        wanted.append(f"CER lower by {1 - target.cer:.0%}")
        measured.append(f"CER {part - 1:+.0%}")
        met &= part <= target.cer
    return Verdict(
        target=f"{ours.system} against {theirs.system}, {ours.set}: {', '.join(wanted)}",
        measured=", ".join(measured),
        met=met,
    )
