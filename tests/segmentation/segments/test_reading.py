from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.segments import json_form, reading, writing
from segmentation.segments.asked import buying, chance, figures, profile
from segmentation.segments.fields import Field, Kind, Vocabulary
from segmentation.segments.refusing import RuleError
from segmentation.segments.tree import All, Clause, Last, Not, Some
from tests.segmentation.segments import rules


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


FIELDS = [*profile.fields(), *figures.fields(), *buying.fields(), *chance.fields()]
PIECES = '( ) not and or bought stage = >= 90d 3 , .. in is empty city " “ today-1d 2025-02-30'.split()
VOCABULARY = Vocabulary([*FIELDS, Field("x.vip", "VIP", Kind.YES)])


def read(text, **options):
    return reading.parse(text, VOCABULARY, **{"is_strict": False, **options})


def refused(text, **options) -> tuple[int, str]:
    with translation.override("en"), pytest.raises(RuleError) as caught:
        read(text, **options)
    return caught.value.position, str(caught.value)


def test_a_rule_is_read_into_its_tree():
    assert read('bought(90d) >= 3 and stage in (at_risk, lost) and not city = "上海"') == All(
        (
            Clause("bought", ">=", (Decimal(3),), Last(90)),
            Clause("stage", "in", ("at_risk", "lost")),
            Not(Clause("city", "=", ("上海",))),
        )
    )


def test_and_binds_closer_than_or_and_parentheses_closer_than_both():
    a, b, c = (Clause("orders", "=", (Decimal(n),)) for n in (1, 2, 3))
    assert read("orders = 1 or orders = 2 and orders = 3") == Some((a, All((b, c))))
    assert read("(orders = 1 or orders = 2) and orders = 3") == All((Some((a, b)), c))


def test_marks_of_chinese_keyboards_are_read():
    assert read("bought（30d，store＝S1）≥3 and city = “上海”") == read(
        'bought(30d, store = S1) >= 3 and city = "上海"'
    )


@settings(max_examples=300, deadline=None)
@given(rules.trees(VOCABULARY))
def test_every_tree_is_read_back_from_its_text_and_its_json(tree):
    text = writing.text(tree)
    assert read(text) == tree
    assert writing.text(read(text)) == text
    assert json_form.load(json_form.dump(tree), VOCABULARY, is_strict=False) == tree


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_whatever_is_written_gives_a_tree_or_an_error_at_a_place_in_it(text):
    try:
        tree = read(text)
    except RuleError as problem:
        assert 0 <= problem.position <= len(text)
        assert str(problem)
    else:
        assert read(writing.text(tree)) == tree


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 0, "expected a condition, not or (, found the end of the rule"),
        ("bough(90d) >= 3", 0, "there is no field “bough”; did you mean bought?"),
        ("orders >= many", 10, "“orders” is compared with a number, not with “many”"),
        ("orders >= 2.5", 10, "“orders” is compared with a whole number, not with 2.5"),
        ("city = 3", 7, "“city” is compared with a text, not with 3"),
        ("city > a", 5, "“city” is not compared by “>”, only by =, !=, in, not in, begins, is empty, is known"),
        ("spent(90d) >= 0.00001", 14, "at most 4 digits after the point"),
        ("orders >= 99999999999", 10, "“orders” is from 0 to 1000000000, not 99999999999"),
        ("last_order > 2025-02-30", 13, "there is no day 2025-02-30"),
        ("last_order > soon", 13, "“last_order” is compared with a day (2025-03-04, today-30d), not with “soon”"),
        ("bought(0d) > 1", 7, "from 1 to 3650 days, not 0"),
        ("bought(30d..60d) > 1", 7, "the window ends before it begins"),
        ("bought(2025-03-01..2025-02-01) > 1", 7, "the window ends before it begins"),
        ("orders(30d) > 1", 7, "“orders” has no days to count in"),
        ("bought(colour = red) > 1", 7,
         "“bought” cannot be narrowed by “colour”, only by category, channel, product, store"),
        ("bought(store = a, store = b) > 1", 18, "“store” stands here twice"),
        ("orders between 5 and 2", 15, "the first of the two is greater than the second"),
        ("orders >= 3 stage = new", 12, "expected and, or or the end of the rule, found “stage”"),
        ('city = "上海', 7, "the text that begins here has no closing quotation mark"),
        ("city = 上海;drop table customers", 9, "this character cannot stand in a rule: ;"),
        ("city = a\0b", 8, "this character cannot stand in a rule: U+0000"),
        ("city = \u202eevil", 7, "this character cannot stand in a rule: U+202E"),
        ("city in ()", 9, "expected a value, found “)”"),
        ("x.vip = maybe", 8, "“x.vip” is yes or no, not “maybe”"),
        ('city = ""', 7, "the text is empty; write “is empty” for what has no value"),
        ("(orders = 1", 11, "expected “)”, found the end of the rule"),
        (f"city = {'a' * 201}", 7, "a text has at most 200 characters"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(text, position, said):
    assert refused(text) == (position, said)


def test_a_choice_that_there_is_not_is_told_with_those_there_are():
    assert refused("stage = gone", is_strict=True) == (
        8, "“stage” is one of new, active, loyal, at_risk, lost, prospect, not “gone”",
    )  # fmt: skip
    assert refused("stage = at_rsk", is_strict=True) == (8, "there is no “at_rsk” in “stage”; did you mean at_risk?")


def test_rules_are_bounded():
    many = " or ".join(["orders = 1"] * 10_000)
    assert refused(many)[1] == "the rule is longer than 20000 characters"
    some = " or ".join(["orders=1"] * 300)
    assert refused(some) == (200 * len("orders=1 or "), "a rule has at most 200 conditions")
    assert refused("(" * 5000)[1] == "groups stand at most 12 deep in each other"
    assert refused("not " * 4000)[0] == 12 * 4
    assert read("not " * 11 + "orders = 1")
    listed = ",".join(["1"] * 201)
    assert refused(f"orders in ({listed})")[1] == "at most 200 values in one list"


def test_right_to_left_words_stay_as_they_are():
    assert read('city = "القاهرة"') == Clause("city", "=", ("القاهرة",))


@pytest.mark.parametrize(
    ("raw", "pointer", "said"),
    [
        ([], "/", "expected an object of a rule here"),
        ({"all": [{"field": "orders", "op": ">=", "values": ["x"]}]}, "/all/0/values/0",
         "“orders” is compared with a number, not with “x”"),
        ({"field": "bought", "op": ">=", "values": [3], "window": "soon"}, "/window",
         "expected days as in 30d, found “soon”"),
        ({"field": "bought", "op": ">=", "values": [3], "where": {"colour": ["red"]}}, "/where/colour",
         "“bought” cannot be narrowed by “colour”, only by category, channel, product, store"),
        ({"field": "orders", "op": ">=", "values": []}, "/values", "“>=” takes 1 values, not 0"),
        ({"field": "orders", "op": ">=", "values": [1e999]}, "/values/0",
         "“orders” is compared with a number, not with “inf”"),
        ({"field": "orders", "op": ">=", "values": ["1e999999"]}, "/values/0",
         "“orders” is from 0 to 1000000000, not 1E+999999"),
        ({"field": "city", "op": "=", "values": ["a\0"]}, "/values/0", "this character cannot stand in a rule: U+0000"),
        ({"field": "orders", "op": "=", "values": [1], "colour": 1}, "/", "an object of a rule has no “colour”"),
        ({"any": []}, "/any", "“any” is missing here"),
        ({"all": [{"field": "orders", "op": "=", "values": [1]}] * 201}, "/all", "a rule has at most 200 conditions"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_json_is_told_by_a_pointer(raw, pointer, said):
    with translation.override("en"), pytest.raises(RuleError) as caught:
        json_form.load(raw, VOCABULARY, is_strict=False)
    assert (caught.value.pointer, str(caught.value)) == (pointer, said)
