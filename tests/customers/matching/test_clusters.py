"""Which customers are joined: no bridges, nothing that contradicts itself, and the same whatever the order of rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import linkage
from customers.matching import bars, clusters, priors
from customers.matching.clusters import MOST, Edges

AUTO = 7.0


def edges(*pairs: tuple[int, int, float]) -> Edges:
    l, r, bits = zip(*pairs, strict=True) if pairs else ((), (), ())  # noqa: E741
    return Edges(np.array(l, dtype=np.int32), np.array(r, dtype=np.int32), np.array(bits, dtype=float))


def groups(cluster: np.ndarray) -> set[frozenset[int]]:
    found: dict[int, set[int]] = {}
    for one, number in enumerate(cluster.tolist()):
        found.setdefault(number, set()).add(one)
    return {frozenset(members) for members in found.values() if len(members) > 1}


def join(count: int, *pairs, partial=(), against=()) -> set[frozenset[int]]:
    """The groups that are joined; `against` are the pairs that may not be together."""
    is_partial = np.isin(np.arange(count), list(partial))

    def contradictions(cluster: np.ndarray) -> np.ndarray:
        together = [pair for pair in against if cluster[pair[0]] == cluster[pair[1]]]
        return np.array(together, dtype=int).reshape(-1, 2)

    return groups(clusters.join(count, edges(*pairs), is_partial, contradictions, margin=AUTO))


def test_what_hangs_together_is_one():
    assert join(5, (0, 1, 20), (1, 2, 20), (3, 4, 9)) == {frozenset((0, 1, 2)), frozenset((3, 4))}


def test_a_partial_customer_connects_no_two():
    assert join(3, (0, 2, 20), (1, 2, 20), partial=[2]) == set()
    assert join(3, (0, 2, 30), (1, 2, 20), partial=[2]) == {frozenset((0, 2))}


def test_two_partial_customers_are_not_joined_to_each_other():
    assert join(2, (0, 1, 30), partial=[0, 1]) == set()


def test_a_partial_customer_is_not_in_doubt_between_two_records_of_one_cluster():
    assert join(3, (0, 1, 20), (0, 2, 20), (1, 2, 20), partial=[2]) == {frozenset((0, 1, 2))}


def test_those_that_contradict_each_other_are_parted_at_the_weakest_link():
    chain = [(0, 1, 20), (1, 2, 12), (2, 3, 20)]
    assert join(4, *chain, against=[(0, 3)]) == {frozenset((0, 1)), frozenset((2, 3))}
    assert join(4, *chain, against=[(0, 1)]) == {frozenset((1, 2, 3))}


def test_no_cluster_is_joined_above_the_limit():
    chain = [(one, one + 1, 20.0) for one in range(MOST + 5)]
    assert max(map(len, join(MOST + 6, *chain))) <= MOST


def test_nothing_is_joined_of_nothing():
    assert join(0) == set()
    assert join(3) == set()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_order_of_the_pairs_changes_nothing(data):
    count = data.draw(st.integers(2, 12))
    one = st.integers(0, count - 1)
    drawn = data.draw(st.dictionaries(st.tuples(one, one), st.floats(7, 30), max_size=25))
    pairs = [(*pair, bits) for pair, bits in drawn.items() if pair[0] < pair[1]]
    against = [pair for pair in data.draw(st.lists(st.tuples(one, one), max_size=5)) if pair[0] < pair[1]]
    partial = data.draw(st.lists(one, max_size=3))
    shuffled = data.draw(st.permutations(pairs))
    found = join(count, *pairs, partial=partial, against=against)
    assert join(count, *shuffled, partial=partial, against=against) == found
    assert not any(set(pair) <= group for pair in against for group in found)


@pytest.mark.parametrize("turn", [lambda rows: rows[::-1], lambda rows: rows[3:] + rows[:3]], ids=["back", "turned"])
def test_the_order_of_the_records_changes_nothing(turn):
    contents = [
        {"name": "王伟", "phone": "13912345670", "birthday": "1990-04-03", "email": "w@example.com"},
        {"name": "王伟", "phone": "13912345670", "birthday": "1990-04-03"},
        {"name": "王**", "phone": "13912345670", "birthday": "1990-04-03"},
        {"name": "王芳", "phone": "13912345670", "birthday": "1995-07-13"},
        {"name": "王芳", "phone": "13912345670", "birthday": "1995-07-13", "email": "f@example.com"},
        {"name": "李娜", "phone": "13612345671"},
        {"name": "欧阳静", "phone": "13512345672", "birthday": "1988-01-09"},
        {"name": "歐陽靜", "phone": "13512345672", "birthday": "1988-01-09"},
    ] + [{"name": f"张{chr(0x4E00 + n)}", "phone": f"1371234{n:04}"} for n in range(200)]  # fmt: skip
    assert joined_names(turn(contents)) == joined_names(contents)


def joined_names(contents: list[dict[str, str]]) -> list[list[str]]:
    none = np.zeros(len(contents), dtype=int)
    con = linkage.opened(linkage.Records(contents, none, none, "CN"))
    linkage.scored(con, priors.delivered(con))
    cluster = linkage.joined(con, len(contents), AUTO)
    return sorted(sorted(str(contents[one]) for one in group) for group in groups(cluster))


def test_a_family_of_one_phone_is_not_joined():
    contents = [{"name": name, "phone": "13912345670"} for name in ("王伟", "王芳", "王小明")]
    contents += [{"name": f"张{chr(0x4E00 + n)}", "phone": f"137{n * 7_919_773 % 10**8:08}"} for n in range(200)]
    assert joined_names(contents) == []


def test_a_company_is_never_a_person():
    contents = [
        {"kind": kind, "name": "蓝湖", "phone": "13912345670", "email": "a@example.com"}
        for kind in ("person", "company")
    ]
    none = np.zeros(2, dtype=int)
    con = linkage.opened(linkage.Records(contents, none, none, "CN"))
    assert con.execute("SELECT count(*) FROM pair").fetchall() == [(0,)]
    same = linkage.opened(linkage.Records([contents[0], contents[0]], none, none, "CN"))
    assert same.execute("SELECT count(*) FROM pair").fetchall() == [(1,)]


def test_the_bar_of_joining_promises_its_precision():
    assert bars.auto_bar(np.array([7.5] * 10 + [20.0] * 100)) > 7.5
    assert bars.auto_bar(np.array([12.0] * 100 + [3.0] * 100)) == bars.LEAST_AUTO
    assert bars.auto_bar(np.array([])) == bars.LEAST_AUTO
    assert bars.auto_bar(np.array([7.1] * 50)) > 7.1


def test_the_bar_of_review_is_raised_where_weak_pairs_chain_strangers():
    l, r = np.triu_indices(6, 1)  # noqa: E741
    close = (l < 3) == (r < 3)
    everything = Edges(l, r, np.where(close, 12.0, -12.0))
    bridge = Edges(l, r, np.where((l == 2) & (r == 3), 2.0, everything.bits))

    def within(cluster):
        return bridge.where(cluster[bridge.l] == cluster[bridge.r])

    shown = bridge.where(bridge.bits >= 0)
    assert bars.review_bar(6, shown, within, highest=7.0) > 2.0
    cluster = bars.cluster_above(6, shown, bars.review_bar(6, shown, within, highest=7.0))
    assert groups(cluster) == {frozenset((0, 1, 2)), frozenset((3, 4, 5))}


def test_review_chains_no_more_than_its_limit_and_gives_up_the_weakest_links():
    chain = edges(*((one, one + 1, 9.0 if one != 9 else 1.0) for one in range(19)))
    kept = bars.chained(20, chain, most=10)
    assert (~kept).nonzero()[0].tolist() == [9]
    assert bars.chained(20, chain, most=20).all()
    assert not bars.chained(20, chain, most=20, weight=np.full(20, 2)).all()
