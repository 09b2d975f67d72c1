"""One rule, every executor: SQL, one customer's why, and plain Python over raw rows say the same of everybody."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from customers.models import Customer
from segmentation.segments import counting, explaining, json_form, reading, vocabulary, writing
from segmentation.segments.columns import building, evaluating, keeping
from segmentation.segments.columns.evaluating import Evaluating
from tests.segmentation.segments import rules, shop

SETTINGS = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def company(entered, cast):
    shop.build(cast.alice)
    return cast


def test_every_executor_says_the_same_of_everybody(company):
    words = vocabulary.standing()
    moment = counting.asked(rules.All(), words=words).moment
    oracle = shop.Oracle(moment)
    ids = list(Customer.objects.values_list("id", flat=True))
    columns = keeping.opened(building.build())
    living = len(columns["high"])
    by_place = np.array(evaluating.ids_at(columns, np.arange(living)), dtype=object)
    later = set(by_place[columns["later"]])

    @SETTINGS
    @given(rules.trees(words, shop.POOLS))
    def agree(tree):
        assert reading.parse(writing.text(tree), words, is_strict=False) == tree
        assert json_form.load(json_form.dump(tree), words, is_strict=False) == tree
        wanted = oracle.members(tree)
        rule = counting.asked(tree, words=words, moment=moment)
        assert counting.ids(rule) == wanted
        assert counting.ids(rule, only=ids[::2]) == wanted & set(ids[::2])
        assert explaining.fitting(tree, ids, moment, words) == wanted
        assert counting.count(rule, None).count == len(wanted)
        mask = Evaluating(columns, moment, words, sample=False).mask(rule.node)
        assert set(by_place[mask]) - later == wanted - later

    agree()
