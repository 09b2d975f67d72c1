"""A model in words: what each field and level weighs."""

from dataclasses import dataclass

from customers.matching import words
from customers.models import MatchModel


@dataclass(frozen=True)
class Level:
    """How a field may agree. `m` and `u` are how often it does so among records of one person, of one
    household (None where the model does not tell them apart), and of strangers; the bar begins at `x` and is `width` wide, in percent."""

    label: str
    m: float
    h: float | None
    u: float
    bits: float
    x: str
    width: str
    tone: str


@dataclass(frozen=True)
class Field:
    key: str
    label: str
    levels: list[Level]


def fields(model: MatchModel) -> list[Field]:
    told = model.weights.get("fields", [])
    most = max((abs(level["bits"]) for field in told for level in field["levels"]), default=1.0) or 1.0
    return [
        Field(
            field["key"],
            words.field(field["key"]),
            [_level(field["key"], level, most) for level in field["levels"]],
        )
        for field in told
    ]


def _level(field: str, level: dict, most: float) -> Level:
    bits = level["bits"]
    width = 50 * abs(bits) / most
    x = 50.0 if bits >= 0 else 50.0 - width
    tone = "for" if bits >= 0 else "against"
    return Level(
        words.level(field, level["key"]),
        level["m"],
        level.get("h"),
        level["u"],
        bits,
        f"{x:.2f}%",
        f"{max(width, 0.4):.2f}%",
        tone,
    )
