"""Rules changed at a place: every change gives a rule that can be written, and round twice is as before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentation.segments import shaping
from segmentation.segments.tree import EVERYBODY, All, Clause, Not, Some, clauses

clause = st.integers(0, 5).map(lambda number: Clause("orders", ">", (number,)))


def groups(parts):
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(several.map(All), several.map(Some), parts.filter(lambda part: not isinstance(part, Not)).map(Not))


trees = st.recursive(clause, groups, max_leaves=8)


def places(node, place=()):
    yield place
    parts = (node.part,) if isinstance(node, Not) else getattr(node, "parts", ())
    for at, part in enumerate(parts):
        yield from places(part, (*place, at))


def at(node, place):
    for step in place:
        node = node.part if isinstance(node, Not) else node.parts[step]
    return node


@given(trees, st.data())
def test_a_part_that_is_dropped_takes_its_clauses_and_no_other(tree, data):
    place = data.draw(st.sampled_from(list(places(tree))))
    gone, left = list(clauses(at(tree, place))), list(clauses(shaping.drop(tree, place)))
    assert sorted(map(str, left + gone)) == sorted(map(str, clauses(tree)))


@given(st.lists(clause, min_size=2, max_size=5), st.data())
def test_negated_twice_is_as_before(parts, data):
    tree, at = All(tuple(parts)), data.draw(st.integers(0, len(parts) - 1))
    once = shaping.negate(tree, (at,))
    assert once.parts[at] == Not(parts[at])
    assert shaping.negate(once, (at,)) == tree


def test_add_joins_by_and_or_by_or():
    one, two, three = (Clause("orders", ">", (number,)) for number in range(3))
    assert shaping.add(EVERYBODY, one) == one
    assert shaping.add(shaping.add(one, two), three) == All((one, two, three))
    assert shaping.add(All((one, two)), three, is_some=True) == Some((All((one, two)), three))
    assert shaping.switch(Some((All((one, two)), three)), (0,)) == Some((one, two, three))
    assert shaping.drop(one, ()) == EVERYBODY


@pytest.mark.parametrize("text", ["9", "0.0.0", "x", "-1", "0..1", "²", "1" * 500, "0.0.0.0.0.0.0.0." * 9])
def test_place_that_is_not_there_is_told(text):
    two = Clause("orders", ">", (1,))
    with pytest.raises(shaping.NoSuchPlace):
        shaping.negate(All((two, two)), shaping.place_of(text))
