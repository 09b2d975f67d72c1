"""The model: how much each way to agree or differ says about whether two records are one person's. Numbers in, numbers
out; no database.

Fellegi & Sunter (1969) with three kinds of pairs instead of two: records of one person (m), of two people of one
household (h), who share surname, home and often the phone, and of strangers (u). With S = Σ log2 m/u and
H = Σ log2 h/u over the fields, the bits of a pair are

    prior + S − log2(1 + 2 ** (household + H))

so that they are the log2 odds of "one person" against "anybody else". The last term is what a relative explains.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import NamedTuple

from customers.matching.features import Features
from customers.matching.fields import FIELDS, Field

UNSAID = -1


class Weight(NamedTuple):
    """log2 of m and of h, and of u (0 where the level's value has a frequency of its own, which stands for u)."""

    person: float
    household: float
    stranger: float


@dataclass(frozen=True)
class Model:
    """`prior` and `household` are the log2 odds that two records picked at random are of one person, or of one
    household, against strangers; `weights` has a row for each field and in it one for each level; `rarity` gives for
    each column the bits of its values, by value; what is not listed has `rarest`."""

    prior: float
    household: float
    weights: Sequence[Sequence[Weight]]
    rarity: Mapping[str, Mapping[str, float]]
    rarest: Mapping[str, float]
    review: float = 0.0
    auto: float = 11.0

    def band(self, bits: float, vetoes: Sequence[str]) -> str:
        """ "auto" is joined without asking, "review" asked about, "drop" neither."""
        if bits < self.review:
            return "drop"
        return "auto" if bits >= self.auto and not vetoes else "review"

    @staticmethod
    def levels(a: Features, b: Features) -> list[int]:
        """Which level of each field holds; UNSAID where one of them says nothing."""
        return [_level(field, a, b) for field in FIELDS]

    def rarity_of(self, column: str, a: Features, b: Features) -> float:
        values = self.rarity.get(column, {})
        rarest = self.rarest.get(column, 0.0)
        return min(values.get(value, rarest) if value else 0.0 for value in (getattr(a, column), getattr(b, column)))

    def evidence(self, a: Features, b: Features, levels: Sequence[int] | None = None) -> list[float]:
        """The waterfall: prior, the bits of each field, and last what a household explains. It sums to the bits."""
        levels = self.levels(a, b) if levels is None else levels
        bits, household = [self.prior], self.household
        for place, (field, level) in enumerate(zip(FIELDS, levels, strict=True)):
            if level == UNSAID:
                bits.append(0.0)
                continue
            weight = self.weights[place][level]
            frequent = field.levels[level].frequent
            against = self.rarity_of(frequent, a, b) if frequent else -weight.stranger
            bits.append(weight.person + against)
            household += weight.household + against
        bits.append(-log2(1 + 2**household))
        return bits


def _level(field: Field, a: Features, b: Features) -> int:
    if field.unsaid.holds(a, b):
        return UNSAID
    for place, level in enumerate(field.levels[:-1]):
        if level.question.holds(a, b):
            return place
    return len(field.levels) - 1
