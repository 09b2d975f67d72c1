"""All pairs above a bar: what a preview promises a job does, once, and takes back."""

import pytest
from django.utils.translation import override

from customers.duplicates import bulk
from customers.duplicates.households import household
from customers.matching import records
from customers.models import Customer, Match, MatchModel, Merge
from tenancy import context, jobs
from tenancy.models import Job
from tests.customers import matches

State = Match.State


@pytest.fixture(autouse=True)
def english():
    with override("en"):
        yield


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def sure(cast, tenant):
    """A chain of three customers, a pair of two, a pair with a contradiction and an unsure one."""
    with context.entered(tenant.id):
        a, b, c, d, e = (matches.a_customer(ref, name="王芳", phone="13900000001") for ref in "ABCDE")
        return {
            "chain": [matches.a_match(a, b, agree=matches.SURE), matches.a_match(b, c, agree=matches.SURE)],
            "pair": matches.a_match(d, e, agree=matches.SURE, stake="10"),
            "vetoed": matches.a_pair(1, agree=matches.SURE, vetoes=["given_name"]),
            "unsure": matches.a_pair(2),
        }


def at(path: str = "") -> str:
    return f"/t/lanhu/duplicates/bulk/{path}"


def work(tenant) -> Job:
    with context.entered(tenant.id):
        job = Job.objects.latest("created_at")
    jobs.run(tenant.id, job.id, take_over=True)
    with context.entered(tenant.id):
        return Job.objects.get(id=job.id)


def states(tenant, *pairs) -> list[str]:
    with context.entered(tenant.id):
        return [Match.objects.get(id=one.id).state for one in pairs]


def test_the_preview_counts_and_the_number_confirms(ada, sure, cast, tenant):
    with context.entered(tenant.id):
        looked = bulk.preview(5, member=cast.ada)
    assert (looked.pairs, looked.customers, looked.groups, len(looked.sample), looked.stake) == (3, 5, 2, 3, 10)
    shown = ada.get(at("?bits=5")).content.decode()
    assert "Merge 3 pairs" in shown
    refused = ada.post(at("?bits=5"), {"bits": "5", "pairs": "4"})
    assert "It is 3 pairs now" in refused.content.decode()
    with context.entered(tenant.id):
        assert Job.objects.count() == 0
    done = ada.post(at("?bits=5"), {"bits": "5", "pairs": "3"})
    job = work(tenant)
    assert done["Location"] == at(f"{job.id}/")
    assert (job.state, job.done, job.result) == ("done", 3, {"merges": 2, "left": 0})
    assert states(tenant, *sure["chain"], sure["pair"]) == [State.SAME] * 3
    assert states(tenant, sure["vetoed"], sure["unsure"]) == [State.OPEN] * 2
    shown = ada.get(at(f"{job.id}/")).content.decode()
    assert shown.count("Many at once") == 2
    with context.entered(tenant.id):
        assert Customer.objects.filter(merged_into=None).count() == 2 + 4
        assert set(Merge.objects.values_list("job", "origin", "by")) == {(job.id, "bulk", cast.ada.id)}


def test_all_of_it_is_undone(ada, sure, tenant):
    ada.post(at("?bits=5"), {"bits": "5", "pairs": "3"})
    job = work(tenant)
    ada.post(at(f"{job.id}/undos/"))
    undoing = work(tenant)
    assert (undoing.state, undoing.result) == ("done", {"undone": 2, "left": 0})
    with context.entered(tenant.id):
        assert Customer.objects.filter(merged_into=None).count() == 9
        assert Merge.objects.filter(undone_at=None).count() == 0
    assert states(tenant, *sure["chain"], sure["pair"]) == [State.OPEN] * 3
    assert "Undo all of them" not in ada.get(at(f"{job.id}/")).content.decode()


def test_what_somebody_holds_apart_stays_apart(ada, sure, cast, tenant):
    """A and C are not one person, so neither the chain A–B–C."""
    with context.entered(tenant.id):
        first, last = (Customer.objects.get(records__external_id=ref) for ref in "AC")
        matches.a_match(first, last, state=State.DIFFERENT)
    ada.post(at("?bits=5"), {"bits": "5", "pairs": "3"})
    job = work(tenant)
    assert job.result == {"merges": 1, "left": 2}
    assert states(tenant, *sure["chain"], sure["pair"]) == [State.OPEN, State.OPEN, State.SAME]


def test_who_contradict_each_other_by_other_records_are_left_alone(ada, tenant):
    with context.entered(tenant.id):
        one = matches.a_customer("A", name="王芳", phone="13900000001", gender="f", birthday="1990-02-03", card="C1")
        matches.a_customer("A2", name="王芳", card="C1")
        other = matches.a_customer("B", name="王芳", phone="13900000002", birthday="1961-07-08")
        pair = matches.a_match(one, other, agree=matches.SURE)
        records.prepare(records.stale_lately(most=10))
    ada.post(at(), {"bits": "1", "pairs": "1"})
    assert work(tenant).result == {"merges": 0, "left": 1}
    assert states(tenant, pair) == [State.OPEN]


def test_a_job_in_small_pieces_does_the_same(ada, sure, tenant, monkeypatch):
    monkeypatch.setattr(bulk, "PIECE", 1)
    ada.post(at("?bits=5"), {"bits": "5", "pairs": "3"})
    job = work(tenant)
    assert (job.done, job.result["merges"]) == (3, 3)
    with context.entered(tenant.id):
        assert Customer.objects.filter(merged_into=None).count() == 2 + 4
    jobs.run(tenant.id, job.id, take_over=True)
    with context.entered(tenant.id):
        assert Merge.objects.count() == 3


def test_pairs_of_another_scope_are_left_out(sure, cast, tenant):
    with context.entered(tenant.id):
        assert bulk.preview(5, member=cast.alice).pairs == 0


@pytest.mark.parametrize(
    "told", [{}, {"bits": "x", "pairs": "3"}, {"bits": "5", "pairs": "-1"}, {"bits": "1e999", "pairs": "1"}]
)
def test_what_cannot_be_read_starts_nothing(ada, sure, tenant, told):
    assert ada.post(at(), told).status_code == 200
    with context.entered(tenant.id):
        assert Job.objects.count() == 0


# Households


def test_who_shares_a_phone_or_is_alike_but_another_person(entered, cast):
    father = matches.a_customer("F", name="张伟", phone="13912340000")
    child = matches.a_customer("C", name="张小伟", phone="13912340000")
    mother = matches.a_customer("M", name="李娜", phone="13912349999")
    matches.a_customer("X", name="王五", phone="13912348888")
    matches.a_match(father, mother, vetoes=["gender", "given_name"])
    told = [(one.customer.id, one.reasons) for one in household(father, member=cast.ada)]
    assert told == [(mother.id, ["different genders", "different given names"]), (child.id, ["same phone"])]
    assert household(father, member=cast.alice) == []


def test_a_phone_of_many_is_no_household(entered, cast):
    first, *_others = [matches.a_customer(f"S{n}", name=f"张{n}", phone="13912340000") for n in range(9)]
    assert household(first, member=cast.ada) == []


# The model


def test_the_model_is_shown_and_an_earlier_one_chosen(ada, cast, tenant):
    page = "/t/lanhu/settings/matching/"
    assert "No model yet" in ada.get(page).content.decode()
    with context.entered(tenant.id):
        first = matches.a_model(
            metrics={"records": 1000, "compared": 5000, "expected_precision": 0.99973, "expected_recall": 0.81}
        )
        second = MatchModel.objects.create(number=2, origin="trained", weights=first.weights)
    shown = ada.get(page).content.decode()
    assert "99.97%" in shown
    assert "one digit differs" in shown
    ada.post(f"{page}{second.id}/activations/")
    with context.entered(tenant.id):
        assert MatchModel.objects.get(is_active=True).number == 2


@pytest.mark.parametrize(("path", "kind"), [("trainings/", "match.train"), ("runs/", "match.full")])
def test_a_second_press_leads_to_the_first_job(ada, cast, tenant, path, kind):
    answers = [ada.post(f"/t/lanhu/settings/matching/{path}")["Location"] for _press in range(2)]
    with context.entered(tenant.id):
        job = Job.objects.get()
    assert (job.kind, answers) == (kind, [f"/t/lanhu/jobs/{job.id}/"] * 2)


def test_undone_nobody_has_said_anything_of_the_pairs(ada, sure, tenant):
    ada.post(at(), {"bits": "5", "pairs": "3"})
    job = work(tenant)
    with context.entered(tenant.id):
        before = set(Match.objects.values_list("id", flat=True))
    ada.post(at(f"{job.id}/undos/"))
    work(tenant)
    with context.entered(tenant.id):
        assert set(Match.objects.values_list("id", "state")) == {(id, State.OPEN) for id in before}


def test_a_merge_that_cannot_be_undone_does_not_hold_up_the_others(ada, sure, cast, tenant):
    ada.post(at(), {"bits": "5", "pairs": "3"})
    job = work(tenant)
    with context.entered(tenant.id):
        erased = Merge.objects.order_by("-at", "-id").first()
        Customer.objects.filter(id=erased.survivor_id).update(erased_at=job.created_at)
    ada.post(at(f"{job.id}/undos/"))
    undoing = work(tenant)
    assert (undoing.state, undoing.result) == ("done", {"undone": 1, "left": 1})


def test_a_second_press_on_undo_starts_nothing(ada, sure, tenant):
    ada.post(at(), {"bits": "5", "pairs": "3"})
    job = work(tenant)
    for _press in range(2):
        ada.post(at(f"{job.id}/undos/"))
    with context.entered(tenant.id):
        assert Job.objects.filter(kind=bulk.UNDO).count() == 1
