"""Evidence as a waterfall: from the odds before anything was looked at, field by field, to the total. Geometry in
percent of the width; no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.matching.decisions import Evidence


@dataclass(frozen=True)
class Step:
    """A bar from where the evidence stood to where it stands with this; `bits` are its own."""

    label: str
    words: str
    bits: float
    x: str
    width: str
    tone: str


@dataclass(frozen=True)
class Bar:
    """From here on pairs are shown, or merged, without being asked."""

    label: str
    bits: float
    x: str


@dataclass(frozen=True)
class Waterfall:
    steps: list[Step]
    total: float
    bars: list[Bar]
    zero: str


def waterfall(evidence: Evidence, bars: Mapping[str, float]) -> Waterfall:
    """`bars` are those of the model: "review" and "auto", in bits."""
    stops = [evidence.prior_bits]
    for field in evidence.fields:
        stops.append(stops[-1] + field.bits)
    low, high = _bounds([0.0, *stops, evidence.total, *bars.values()])

    def place(bits: float) -> float:
        return 100 * (bits - low) / (high - low)

    def step(label: str, words: str, begin: float, end: float, tone: str = "") -> Step:
        tone = tone or ("for" if end >= begin else "against")
        width = max(abs(place(end) - place(begin)), 0.4)
        return Step(label, words, end - begin, f"{place(min(begin, end)):.2f}%", f"{width:.2f}%", tone)

    steps = [step(_("Before anything"), _("how rare it is that two records are one person"), 0.0, stops[0])]
    for field, begin, end in zip(evidence.fields, stops, stops[1:], strict=False):
        steps.append(step(field.label, field.level, begin, end))
    steps.append(step(_("Total"), "", 0.0, evidence.total, "total"))
    names = {"review": _("to look at"), "auto": _("merged by itself")}
    told = [Bar(names.get(key, key), bits, f"{place(bits):.2f}%") for key, bits in sorted(bars.items(), key=_second)]
    return Waterfall(steps, evidence.total, told, f"{place(0.0):.2f}%")


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = max(high - low, 1.0) * 0.03
    return low - room, high + room


def _second(pair: tuple[str, float]) -> float:
    return pair[1]
