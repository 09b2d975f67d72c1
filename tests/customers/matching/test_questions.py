"""Each question of the model is answered the same in SQL and in Python, whatever stands in the columns."""

from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.matching import comparing, features
from customers.matching.features import Features
from customers.matching.fields import FIELDS
from customers.matching.model import Model
from customers.matching.questions import Edits, Not

NASTY = [
    "", " ", "'", "''", '"', "\\", "%", "_", "a", "ab", "ba", "abc", "acb", "abcd", "bacd", "Ab", "王", "王伟",
    "伟王", "王小伟", "學帥", "学帅", "学师", "é", "e\u0301", "josé", "jose", "👨‍👩‍👧", "👩", "𠮷", "𠮷田",
    "𠮷野", "ﬁ", "ß", "ss", "naïve", "naive", "\u200b", "+8613812345678", "+8613812345687", "+8613812345679",
    "+861381234567", "13812345678", "NULL", "null", "; DROP", "--", "\ud7a3\uac00", "ا", "אב", "א", "a" * 200,
    "a" * 199, "é" * 64, "19900203", "19900302", "0203", "1990",
]  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\x1f"), max_size=12),
    st.text("ab王é👩", max_size=6),
)
ROWS = st.lists(
    st.builds(
        lambda strings, ordinal: Features(*strings[:ORDINAL], ordinal, *strings[ORDINAL:]),
        st.lists(WORDS, min_size=len(Features._fields) - 1, max_size=len(Features._fields) - 1),
        st.sampled_from([0, 1, 20, 40, 726_000, 726_017, 726_050]),
    ),
    min_size=12,
    max_size=12,
)
ORDINAL = Features._fields.index("birth_ordinal")


def parts(question) -> list:
    """The question and all it is made of."""
    inner = [getattr(question, field.name) for field in fields(question)]
    nested = [one for value in inner for one in (value if isinstance(value, tuple) else (value,)) if is_dataclass(one)]
    return [question, *(part for one in nested for part in parts(one))]


QUESTIONS = sorted(
    {
        part
        for field in FIELDS
        for question in (field.unsaid, *(level.question for level in field.levels[:-1]))
        for part in parts(question)
    },
    key=repr,
)


def asked(con, expression: str) -> list[bool]:
    found = con.execute(f"SELECT {expression} FROM record a CROSS JOIN record b ORDER BY a.i, b.i").fetchall()
    return [one for (one,) in found]


def test_what_is_asked_holds_every_kind_of_question():
    assert {type(one).__name__ for one in QUESTIONS} == {
        "Begins", "Both", "DaysApart", "Differs", "Edits", "Either", "Not", "Same", "SharesLetter", "Unsaid", "Within",
    }  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(ROWS)
def test_sql_and_python_answer_alike(rows):
    con = comparing.connect()
    comparing.load(con, [[features.line(row).encode() for row in rows]])
    for question in QUESTIONS:
        expected = [question.holds(a, b) for a in rows for b in rows]
        assert asked(con, question.sql()) == expected, question


@settings(max_examples=8, deadline=None)
@given(ROWS)
def test_levels_are_the_same_of_many_pairs_and_of_one(rows):
    con = comparing.connect()
    comparing.load(con, [[features.line(row).encode() for row in rows]])
    model = Model(0.0, 0.0, [], {}, {})
    expected = [tuple(model.levels(a, b)) for a in rows for b in rows]
    found = con.execute(f"SELECT {comparing.LEVELS} FROM record a CROSS JOIN record b ORDER BY a.i, b.i").fetchall()
    assert found == expected


@settings(max_examples=80, deadline=None)
@given(st.lists(WORDS, min_size=2, max_size=20), st.sampled_from([1, 2]))
def test_edits_are_counted_alike_on_strings_that_are_near(words, most):
    near = [changed for word in words for changed in (word, word[1:], word[:-1], word[1:2] + word[:1] + word[2:])]
    rows = [Features(name=word) for word in near]
    con = comparing.connect()
    comparing.load(con, [[features.line(row).encode() for row in rows]])
    question = Edits("name", most)
    assert asked(con, question.sql()) == [question.holds(a, b) for a in rows for b in rows]


@pytest.mark.parametrize("question", QUESTIONS, ids=repr)
def test_a_question_does_not_care_who_is_first(question):
    rows = [Features(*([word] * ORDINAL), n, *([word] * (len(Features._fields) - ORDINAL - 1)))
            for n, word in enumerate(NASTY)]  # fmt: skip
    for a in rows:
        for b in rows:
            assert question.holds(a, b) == question.holds(b, a)


def test_nothing_said_is_never_an_agreement():
    nobody, somebody = Features(), Features(*(["x"] * ORDINAL), 1, *(["x"] * (len(Features._fields) - ORDINAL - 1)))
    for question in QUESTIONS:
        if type(question).__name__ in ("Begins", "Edits", "Same", "SharesLetter", "Within", "Differs", "DaysApart"):
            assert not question.holds(nobody, nobody)
            assert not question.holds(nobody, somebody)
    assert Not(QUESTIONS[0]).holds(nobody, nobody) is not QUESTIONS[0].holds(nobody, nobody)
