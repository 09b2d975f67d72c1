"""Learning finds what was planted; what is delivered is used where there is too little to learn from."""

import numpy as np
import pytest

from bench import linkage
from customers.matching import keeping, priors, training, words
from customers.matching.fields import FIELDS, PLACES, VETOES
from customers.matching.model import Model, Weight
from tests.customers.matching import planted

PAIRS = 60_000
SHARES = np.array([0.2, 0.1, 0.7])


def test_maximising_recovers_the_planted_parameters():
    random = np.random.default_rng(7)
    m, h, u = ([random.dirichlet(_strength(field, kind)) for field in FIELDS] for kind in range(3))
    h = [
        np.array([level.h for level in field.levels]) / sum(level.h for level in field.levels)
        if field.personal
        else one
        for field, one in zip(FIELDS, h, strict=True)
    ]
    kind = random.choice(3, size=PAIRS, p=SHARES)
    levels = np.stack(
        [
            np.choose(kind, [random.choice(len(p[at]), size=PAIRS, p=p[at]) for p in (m, h, u)])
            for at in range(len(FIELDS))
        ],
        axis=1,
    )
    levels[random.random(levels.shape) < 0.1] = -1
    began = ([np.array([getattr(level, name) for level in field.levels]) for field in FIELDS] for name in "mh")
    found_m, found_h, shares = training.maximise(levels, np.ones(PAIRS), PAIRS, *began, u)
    assert shares == pytest.approx(SHARES, abs=0.01)
    for expected, found in zip((*m, *h), (*found_m, *found_h), strict=True):
        assert found == pytest.approx(expected, abs=0.03)


def _strength(field, kind: int) -> np.ndarray:
    """Persons agree at the first levels, strangers at the last, households at some of both."""
    places = np.arange(len(field.levels))
    wanted = (places, abs(places - len(places) // 2), len(places) - 1 - places)[kind]
    return 40 * np.exp2(-1.5 * wanted) + 0.5


def test_training_twice_gives_the_same_model():
    one, other = trained(records(1500)), trained(records(1500))
    assert (one.prior, one.household) == pytest.approx((other.prior, other.household), abs=1e-6)
    for left, right in zip(one.weights, other.weights, strict=True):
        assert np.array(left) == pytest.approx(np.array(right), abs=1e-6)


def test_the_order_of_the_rows_changes_nothing():
    some = records(1500)
    back = linkage.Records(some.contents[::-1], some.person[::-1], some.household[::-1], some.region)
    one, other = trained(some), trained(back)
    assert one.rarest == other.rarest
    assert one.prior == pytest.approx(other.prior, abs=0.05)


def test_few_records_use_what_is_delivered_with_their_own_rarities():
    some = records(300)
    con = linkage.opened(some)
    model, is_learned = priors.model_for(con, seed=1)
    assert not is_learned
    name = next(place for place, level in enumerate(FIELDS[PLACES["name"]].levels) if level.key == "same")
    told = priors.read(priors.CHINESE)["fields"]["name"]["same"]
    assert 2 ** model.weights[PLACES["name"]][name].person == pytest.approx(told[0])
    whole = sum(len(one["name"]) in (2, 3) and one["name"][1:] not in ("**", "女士", "先生") for one in some.contents)
    assert whole < priors.TOWN and model.rarest["name"] == pytest.approx(np.log2(priors.TOWN))


def test_many_records_are_learned_from():
    con = linkage.opened(records(3000))
    model, is_learned = priors.model_for(con, seed=1)
    assert is_learned
    assert priors.expected_pairs(model, 3000) > priors.FEW_PAIRS


def test_many_records_of_different_people_are_not():
    contents = [{"name": f"张{chr(0x4E00 + n)}{chr(0x5E00 + n)}", "phone": f"139{n:08}"} for n in range(2500)]
    none = np.arange(len(contents))
    con = linkage.opened(linkage.Records(contents, none, none, "CN"))
    assert not priors.model_for(con, seed=1)[1]


def test_an_empty_company_has_a_model():
    con = linkage.opened(linkage.Records([], np.array([], dtype=int), np.array([], dtype=int), "CN"))
    model, is_learned = priors.model_for(con, seed=1)
    assert not is_learned
    assert np.isfinite([model.prior, model.household]).all()


@pytest.mark.parametrize(
    ("names", "script"),
    [(["王伟", "李娜", "John Smith"], "chinese"), (["John Smith", "Ann Lee", "王伟"], "western"), ([], "chinese")],
)
def test_the_names_choose_the_model(names, script):
    none = np.zeros(len(names), dtype=int)
    con = linkage.opened(linkage.Records([{"name": name} for name in names], none, none, "CN"))
    assert priors.script_of(con) == script


@pytest.mark.parametrize("name", [priors.CHINESE, priors.WESTERN])
def test_what_is_delivered_knows_every_level(name):
    told = priors.read(name)["fields"]
    assert {field.key: [level.key for level in field.levels] for field in FIELDS} == {
        key: list(levels) for key, levels in told.items()
    }
    for levels in told.values():
        assert all(0 < p <= 1 for row in levels.values() for p in row)


def records(count: int) -> linkage.Records:
    contents, whose = planted.records(count)
    person = np.array(whose[:count])
    return linkage.Records(contents[:count], person, person, "CN")


def trained(some: linkage.Records) -> Model:
    return training.train(linkage.opened(some), seed=1)


def test_every_field_level_and_veto_has_its_word():
    assert {field.key for field in FIELDS} <= words.FIELD.keys()
    assert {(field.key, level.key) for field in FIELDS for level in field.levels} <= words.LEVEL.keys()
    assert VETOES.keys() == words.VETO.keys()


def test_no_more_is_told_of_a_level_than_a_rare_value_says():
    weights = [[Weight(-1.0, -2.0, -20.0)] * len(field.levels) for field in FIELDS]
    told = keeping.weights_of(Model(-14.0, -10.0, weights, {}, {"phone": 12.0}))
    bits = {field["key"]: {level["key"]: level["bits"] for level in field["levels"]} for field in told["fields"]}
    assert (bits["phone"]["same"], bits["store"]["same"], bits["phone"]["different"]) == (11.0, -1.0, 19.0)
