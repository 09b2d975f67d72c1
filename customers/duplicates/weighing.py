"""A model in words: what each field and level weighs."""

from dataclasses import dataclass

from customers.matching import words
from customers.matching.fields import FIELDS
from customers.models import MatchModel

BY_RARITY = {(field.key, level.key) for field in FIELDS for level in field.levels if level.frequent}


@dataclass(frozen=True)
class Level:
    """How a field may agree. `m`, `h` and `u` are how often it does so among records of one person, of one household
    (None where the model does not tell them apart) and of strangers. `is_rarer`: what it says depends on how frequent
    the value is, and `bits` is the most. The bar begins at `x` and is `width` wide, in percent."""

    label: str
    m: float
    h: float | None
    u: float
    is_rarer: bool
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
    bits, u = level["bits"], level["u"]
    width = 50 * abs(bits) / most
    return Level(
        label=words.level(field, level["key"]),
        m=level["m"],
        h=level.get("h"),
        u=u,
        is_rarer=(field, level["key"]) in BY_RARITY,
        bits=bits,
        x=f"{50.0 if bits >= 0 else 50.0 - width:.2f}%",
        width=f"{max(width, 0.4):.2f}%",
        tone="for" if bits >= 0 else "against",
    )
