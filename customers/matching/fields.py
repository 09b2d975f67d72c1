"""What of two records is compared, and how much it can agree: the fields of the model with their levels.

A field's first level that holds counts; its last holds always. Where a field is `unsaid` it says nothing either way.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from customers.matching.questions import (
    Begins,
    DaysApart,
    Differs,
    Edits,
    Not,
    Same,
    SharesLetter,
    Unsaid,
    Within,
    both,
    either,
)

UNSAID = "unsaid"


@dataclass(frozen=True)
class Level:
    """`frequent` names the column whose value decides how much agreeing on it says: 王伟 says less than 欧阳翎.
    `m` and `h` are where learning begins: how often records of one person, and of two of one household, agree so."""

    key: str
    question: object | None
    m: float
    h: float
    frequent: str = ""


@dataclass(frozen=True)
class Field:
    """Of a `personal` field nothing is learnt about households: there it is as it is delivered."""

    key: str
    unsaid: object
    levels: tuple[Level, ...]
    personal: bool = False


BOTH_IN_LETTERS = Same("script")
NAME = Field(
    "name",
    Unsaid(("family", "given")),
    (
        Level("in_letters", both(BOTH_IN_LETTERS, Not(Unsaid(("family",))), Not(Unsaid(("given",)))), 0.01, 0.01),
        Level("part_in_letters", both(BOTH_IN_LETTERS), 0.001, 0.001),
        Level("same", Same("name"), 0.72, 0.002, "name"),
        Level("letters", Same("letters"), 0.01, 0.001, "letters"),
        Level("spoken", Same("pinyin"), 0.03, 0.002, "pinyin"),
        Level("near_latin", both(Unsaid(("length",)), Edits("pinyin", 1)), 0.03, 0.002),
        Level("shortened", both(Same("family"), Within("given")), 0.015, 0.01),
        Level("one_letter", both(Same("family"), SharesLetter("given")), 0.02, 0.05),
        Level("given_alone", either(Same("given"), Same("name", "given")), 0.02, 0.002, "given"),
        Level("other_length", both(Same("family"), Unsaid(("given",)), Differs("length")), 0.001, 0.04, "family"),
        Level("family_alone", both(Same("family"), Unsaid(("given",))), 0.12, 0.1, "family"),
        Level("family", Same("family"), 0.015, 0.45, "family"),
        Level("different", None, 0.02, 0.4),
    ),
)
GIVEN = Field(
    "given",
    either(Not(BOTH_IN_LETTERS), Unsaid(("family", "given"))),
    (
        Level("same", Same("given"), 0.7, 0.01, "given"),
        Level("swapped", Same("given", "family"), 0.02, 0.0002),
        Level("begins", Begins("given"), 0.04, 0.01),
        Level("near", Edits("given", 1), 0.1, 0.01),
        Level("head", Same("given_head"), 0.02, 0.01),
        Level("different", None, 0.12, 0.96),
    ),
    personal=True,
)
FAMILY = Field(
    "family",
    either(Not(BOTH_IN_LETTERS), Unsaid(("family",))),
    (
        Level("same", Same("family"), 0.8, 0.8, "family"),
        Level("swapped", Same("given", "family"), 0.02, 0.0002),
        Level("begins", Begins("family"), 0.02, 0.01),
        Level("near", Edits("family", 1), 0.1, 0.03),
        Level("close", both(Same("family_head"), Edits("family", 2)), 0.02, 0.01),
        Level("different", None, 0.04, 0.14),
    ),
)
GENDER = Field(
    "gender",
    Unsaid(("gender",)),
    (Level("same", Same("gender"), 0.99, 0.45), Level("different", None, 0.01, 0.55)),
)
PHONE = Field(
    "phone",
    Unsaid(("phone", "phone_ends")),
    (
        Level("same", either(Same("phone"), Same("phone", "phone_2")), 0.8, 0.2, "phone"),
        Level("ends", both(Same("phone_ends"), Unsaid(("phone",))), 0.05, 0.01, "phone_ends"),
        Level("one_digit", Edits("phone", 1), 0.02, 0.001),
        Level("different", None, 0.13, 0.75),
    ),
)
EMAIL = Field(
    "email",
    Unsaid(("email",)),
    (
        Level("same", Same("email"), 0.8, 0.005, "email"),
        Level("near", either(Same("mailbox"), Edits("email", 1)), 0.05, 0.002),
        Level("different", None, 0.15, 0.99),
    ),
)
ACCOUNT = Field(
    "account",
    both(Unsaid(("openid",)), Unsaid(("unionid",)), Unsaid(("card",))),
    (
        Level("same", either(Same("openid"), Same("unionid"), Same("card")), 0.7, 0.001),
        Level("different", None, 0.3, 0.999),
    ),
)
ID_NUMBER = Field(
    "id_number",
    Unsaid(("id_number",)),
    (
        Level("same", Same("id_number"), 0.9, 0.0001),
        Level("near", Edits("id_number", 2), 0.08, 0.001),
        Level("different", None, 0.02, 0.999),
    ),
)
SAME_CITY = either(Same("city"), Unsaid(("city",)))
ADDRESS = Field(
    "address",
    Unsaid(("home", "line")),
    (
        Level("home", both(Same("home"), SAME_CITY), 0.6, 0.6, "home"),
        Level("block", both(Same("block"), SAME_CITY), 0.05, 0.02, "block"),
        Level("line", Same("line"), 0.05, 0.05, "line"),
        Level("near_line", Edits("line", 2), 0.04, 0.03),
        Level("street", either(Same("street"), Edits("street", 1)), 0.04, 0.03),
        Level("city", Same("city"), 0.2, 0.2, "city"),
        Level("different", None, 0.06, 0.13),
    ),
)
BIRTHDAY = Field(
    "birthday",
    Unsaid(("birth_day",)),
    (
        Level("same", Same("birthday"), 0.9, 0.02, "birthday"),
        Level("swapped", Same("birthday", "birth_swapped"), 0.01, 0.0005),
        Level("moon", DaysApart("birth_ordinal", 17, 50), 0.03, 0.002),
        Level("day", Same("birth_day"), 0.03, 0.003, "birth_day"),
        Level("near", Edits("birthday", 1), 0.01, 0.01),
        Level("year", Same("birth_year"), 0.01, 0.02),
        Level("different", None, 0.02, 0.96),
    ),
    personal=True,
)
TOWN = Field(
    "town",
    Unsaid(("town",)),
    (
        Level("same", Same("town"), 0.7, 0.6, "town"),
        Level("near", either(Edits("town", 2), Within("town")), 0.15, 0.1),
        Level("different", None, 0.15, 0.3),
    ),
)
STORE = Field(
    "store",
    Unsaid(("store",)),
    (Level("same", Same("store"), 0.5, 0.4, "store"), Level("different", None, 0.5, 0.6)),
)
POSTCODE = Field(
    "postcode",
    Unsaid(("postcode",)),
    (
        Level("same", Same("postcode"), 0.7, 0.7, "postcode"),
        Level("near", Edits("postcode", 1), 0.1, 0.1),
        Level("area", Same("area"), 0.1, 0.1, "area"),
        Level("different", None, 0.2, 0.2),
    ),
)
WORK = Field(
    "work",
    Unsaid(("work",)),
    (Level("same", Same("work"), 0.7, 0.1, "work"), Level("different", None, 0.3, 0.9)),
)
FIELDS = (
    NAME, GIVEN, FAMILY, GENDER, PHONE, EMAIL, ACCOUNT, ID_NUMBER, ADDRESS, TOWN, POSTCODE, BIRTHDAY, STORE, WORK,
)  # fmt: skip

# Records that say the same in all columns of a rule are compared, unless more than a block's most do.
MOST_IN_BLOCK = 60
RULES = (
    ("phone",), ("email",), ("openid",), ("unionid",), ("card",), ("id_number",), ("name",), ("letters",), ("pinyin",),
    ("name", "store"), ("name", "birth_day"), ("name", "city"), ("pinyin", "birth_day"), ("pinyin", "store"),
    ("phone_ends", "family"), ("phone_ends", "store"), ("home",), ("block", "family"), ("birthday",),
    ("birthday", "family"), ("family", "store", "gender"),
    ("given_head", "family_head"), ("given_head", "birthday"), ("postcode", "given_head"), ("postcode", "family_head"),
    ("postcode", "birth_year"), ("area", "given_head", "birth_year"), ("area", "given"), ("area", "family"),
    ("area", "birthday"), ("town", "birthday"), ("town", "family_head"), ("town", "given_head", "birth_year"),
    ("street", "birth_year"), ("family_head", "birth_year"), ("name", "birth_year"), ("postcode",),
    ("town", "birth_year"), ("family", "work"), ("family", "town"), ("birthday", "work"), ("given", "area", "work"),
)  # fmt: skip

# What speaks against joining without being asked: a field's levels, unless all of one of the others are so.
SURE = ((("email", "same"),), (("account", "same"),), (("id_number", "same"),))
PHONE_TOO, BIRTHDAY_TOO = (("phone", "same"),), (("birthday", "same"),)
VETOES = {
    "given_name": ("name", ("one_letter", "other_length", "family", "different"), SURE),
    "given_in_letters": ("given", ("head", "different"), SURE),
    "family_in_letters": ("family", ("close", "different"), SURE),
    "hidden_name": ("name", ("family_alone", "part_in_letters", UNSAID), (*SURE, PHONE_TOO + BIRTHDAY_TOO)),
    "similar_name": ("name", ("spoken",), (*SURE, PHONE_TOO)),
    "swapped_name": ("name", ("letters",), (*SURE, PHONE_TOO, BIRTHDAY_TOO)),
    "birthday": ("birthday", ("year", "different"), SURE),
    "gender": ("gender", ("different",), (*SURE, (("name", "same"),), (("given", "same"), ("family", "same")))),
    "address": ("address", ("street", "city", "different"), (*SURE, PHONE_TOO)),
    "email": ("email", ("different",), (*SURE, PHONE_TOO)),
}
# Of customers that contradict each other no two may be in one cluster: the veto, and what excuses it where other
# records of the two agree in it.
CONTRADICTIONS = {
    "given_name": ("same", "letters", "spoken", "shortened", "given_alone"),
    "birthday": ("same",),
    "gender": ("same",),
    "address": ("home", "block", "line", "near_line"),
    "email": ("same", "near"),
}
PLACES = {field.key: place for place, field in enumerate(FIELDS)}


def vetoes(levels: Sequence[int]) -> list[str]:
    """The reasons against joining two records whose fields agree so."""
    return [
        veto
        for veto, (key, named, pardons) in VETOES.items()
        if levels[PLACES[key]] in [_at(key, name) for name in named]
        and not any(all(levels[PLACES[other]] == _at(other, name) for other, name in one) for one in pardons)
    ]


def veto_sql(chosen: Collection[str] = tuple(VETOES)) -> str:
    """Whether there is one, of the columns that are named after the fields."""
    return " OR ".join(
        f"({key} IN ({', '.join(str(_at(key, name)) for name in named)})"
        + "".join(f" AND NOT ({' AND '.join(f'{of} = {_at(of, name)}' for of, name in one)})" for one in pardons)
        + ")"
        for veto, (key, named, pardons) in VETOES.items()
        if veto in chosen
    )


def contradiction_sql() -> str:
    """Whether two customers contradict each other, of the columns of all pairs of their records."""
    return " OR ".join(
        f"(bool_or({veto_sql((veto,))}) AND NOT bool_or("
        + f"{VETOES[veto][0]} IN ({', '.join(str(_at(VETOES[veto][0], name)) for name in excuses)})))"
        for veto, excuses in CONTRADICTIONS.items()
    )


def contradict(pairs: Sequence[Sequence[int]]) -> bool:
    """The same, of the levels of all pairs of two customers' records."""
    return any(
        any(veto in vetoes(levels) for levels in pairs)
        and not any(
            levels[PLACES[VETOES[veto][0]]] == _at(VETOES[veto][0], name) for levels in pairs for name in excuses
        )
        for veto, excuses in CONTRADICTIONS.items()
    )


def _at(key: str, name: str) -> int:
    """The place of a level among its field's; −1 for UNSAID."""
    levels = [level.key for level in FIELDS[PLACES[key]].levels]
    return -1 if name == UNSAID else levels.index(name)
