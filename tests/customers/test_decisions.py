"""What people say of pairs, and taking it back: one rule for a pair, a merge of many at once, and an unmerge."""

import pytest

from customers import merging
from customers.matching import decisions
from customers.models import Match, Merge
from tests.customers import matches
from tests.customers.test_merging import fresh, person, shop

State = Match.State
__all__ = ["shop"]  # a fixture


@pytest.fixture
def two(shop, cast):
    """Two customers with two records each, and all four pairs between them."""
    one, other = (person(shop, f"{name}1", name="王芳", email=f"{name}@example.com") for name in "ab")
    for name in "ab":
        person(shop, f"{name}2", name="王芳", email=f"{name}@example.com")
    first = matches.a_match(one, other)
    left, right = (list(customer.records.order_by("id")) for customer in (one, other))
    rest = [(left[0], right[1]), (left[1], right[0]), (left[1], right[1])]
    pairs = [Match.objects.create(left=min(pair, key=_id), right=max(pair, key=_id)) for pair in rest]
    return one, other, [first, *pairs]


def _id(record):
    return record.id


def states(pairs):
    return [Match.objects.get(id=one.id).state for one in pairs]


def test_withdrawal_leaves_other_pairs_of_the_two_as_they_were(two, cast):
    one, other, pairs = two
    decisions.decide(pairs[1], State.DIFFERENT, by=cast.ada)
    decisions.decide(pairs[0], State.SAME, by=cast.ada)
    assert states(pairs) == [State.SAME, State.DIFFERENT, State.OPEN, State.OPEN]
    decisions.withdraw(pairs[0], by=cast.ada)
    assert {fresh(one).merged_into_id, fresh(other).merged_into_id} == {None}
    assert states(pairs) == [State.OPEN, State.DIFFERENT, State.OPEN, State.OPEN]
    assert Match.objects.count() == 4


def test_withdrawal_asks_again_what_was_said_of_the_same_two_since(two, cast):
    _one, _other, pairs = two
    decisions.decide(pairs[0], State.SAME, by=cast.ada)
    assert decisions.decide(pairs[1], State.SAME, by=cast.ada) is None
    decisions.withdraw(pairs[0], by=cast.ada)
    assert states(pairs) == [State.OPEN] * 4
    with pytest.raises(decisions.NotDecided):
        decisions.withdraw(pairs[1], by=cast.ada)


def test_withdrawal_of_a_pair_that_came_after_the_merge_leaves_the_merge(two, cast):
    one, other, pairs = two
    decisions.decide(pairs[0], State.SAME, by=cast.ada)
    decisions.decide(pairs[1], State.SAME, by=cast.ada)
    decisions.withdraw(pairs[1], by=cast.ada)
    assert merging.root(one.id) == merging.root(other.id)
    assert states(pairs) == [State.SAME, State.OPEN, State.OPEN, State.OPEN]


def test_unmerge_by_hand_holds_apart(two, cast):
    _one, _other, pairs = two
    merge = decisions.decide(pairs[0], State.SAME, by=cast.ada)
    merging.unmerge(merge, by=cast.ada)
    assert states(pairs) == [State.DIFFERENT] * 4
    decisions.withdraw(pairs[0], by=cast.ada)
    assert states(pairs) == [State.OPEN, *[State.DIFFERENT] * 3]


def test_unmerge_of_several_holds_each_apart_from_each(shop, cast):
    a, b, c = (person(shop, name, name=f"王{name}") for name in "甲乙丙")
    pair = matches.a_match(b, c, state=State.AUTO)
    done = merging.merge(a, [b, c], origin=Merge.Origin.HAND, by=cast.ada)
    merging.unmerge(done, by=cast.ada)
    assert states([pair]) == [State.DIFFERENT]
    told = Match.objects.filter(state=State.DIFFERENT).values_list("left__customer", "right__customer")
    assert {frozenset(two) for two in told} == {frozenset(two) for two in [(a.id, b.id), (a.id, c.id), (b.id, c.id)]}
