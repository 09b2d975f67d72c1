"""The pages on which a company sets its stages, policies and bounds."""

import pytest
from django.utils import timezone

from segmentation import bounding, lifecycle, rfm, scoring, stats
from segmentation.lifecycle import Rules, Stage
from segmentation.models import StagePolicy, Thresholds
from tenancy import jobs
from tenancy.models import Job
from tests.segmentation.test_lifecycle import bought

STAGES, POLICIES, BANDS = (f"/t/lanhu/settings/{path}" for path in ("stages/", "stages/policies/", "bands/"))


@pytest.fixture
def ada(cast, login, entered):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


def told(**changed) -> dict:
    today = timezone.localdate().isoformat()
    return {"at_risk_after": 90, "lost_after": 180, "new_within": 30, "loyal_from": 3, "since": today, **changed}


def test_rules_are_saved_and_shown(ada, entered):
    assert ada.post(STAGES, told()).status_code == 302
    assert lifecycle.rules(stats.today(entered.zone)) == Rules(180, 90, 30, 3)
    page = ada.get(STAGES).content.decode()
    assert "180" in page and "270" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"at_risk_after": 180}, "Lost must begin later"),
        ({"new_within": 91}, "would be at risk"),
        ({"loyal_from": 1}, "2"),
        ({"lost_after": 99999999999999999999}, "3650"),
        ({"since": "2020-01-01"}, "past days keep"),
        ({"since": "x"}, "valid date"),
    ],
)
def test_bad_rules_are_refused_at_their_place(ada, changed, words):
    answer = ada.post(STAGES, told(**changed))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert lifecycle.history() == []


def test_policy_is_set_replaced_and_deleted(ada):
    ada.post(POLICIES, {"stage": "loyal", "cell": "", "service": "priority", "follow_up_days": "30", "offer": "茶"})
    ada.post(POLICIES, {"stage": "loyal", "cell": "", "service": "personal", "follow_up_days": "", "offer": ""})
    policy = StagePolicy.objects.get()
    assert (policy.service, policy.follow_up_days) == ("personal", None)
    bad = ada.post(POLICIES, {"stage": "prospect", "cell": "champions", "service": "priority"})
    assert "no scores" in bad.content.decode()
    ada.post(f"{POLICIES}{policy.id}/deletions/")
    assert lifecycle.policy_of(Stage.LOYAL, None) is None


def send(browser, tenant, **told) -> Job:
    """Sent, worked off, and told on the page."""
    assert browser.post(BANDS, told).status_code == 302
    job = bounding.last()
    jobs.run(tenant.id, job.id, take_over=True)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert f"Bands that moved at the last change: {job.result['changed']}." in browser.get(BANDS).content.decode()
    return job


def test_bounds_are_put_to_use_by_a_job_that_the_page_follows(ada, entered, cast):
    bought("a", 3), bought("b", 30)
    scoring.score()
    former = rfm.bins()
    own = {f"frequency_{k}": k for k in range(1, 5)} | {f"monetary_{k}": k * 10 for k in range(1, 5)}
    own |= {f"recency_{k}": f"2026-0{k}-01" for k in range(1, 5)}
    ada.post(BANDS, {"mode": "own", **own})
    assert rfm.bins() == former
    page = ada.get(BANDS).content.decode()
    assert "Score by new bounds" in page and "<progress" in page and 'name="mode"' not in page
    part = ada.get(BANDS, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div class="stack" id="progress" hx-get="/t/lanhu/settings/bands/"')
    second = ada.post(BANDS, {"mode": "follow"}).content.decode()
    assert "Wait until that has ended" in second and Job.objects.filter(kind=bounding.KIND).count() == 1
    jobs.run(entered.id, bounding.last().id, take_over=True)
    assert rfm.bins().frequency == (1, 2, 3, 4) and rfm.bins().monetary == (10, 20, 30, 40)
    assert (bounding.last().created_by, Thresholds.objects.get().frozen) == (cast.ada, True)
    assert 'name="mode"' in ada.get(BANDS).content.decode()


def test_bounds_stay_or_are_own_or_follow(ada, entered):
    page = ada.get(BANDS).content.decode()
    assert "No scores yet" in page
    assert "no bounds yet" in ada.post(BANDS, {"mode": "stay"}).content.decode()
    for number in range(20):
        bought(f"c{number}", number + 1)
    scoring.score()
    relative = rfm.bins()
    send(ada, entered, mode="stay")
    bought("z", 0)
    scoring.score()
    assert (rfm.bins(), Thresholds.objects.get().frozen) == (relative, True)
    own = {f"frequency_{k}": k for k in range(1, 5)} | {f"monetary_{k}": k * 10 for k in range(1, 5)}
    own |= {f"recency_{k}": f"2026-0{k}-01" for k in range(1, 5)}
    wrong = ada.post(BANDS, {"mode": "own", **own, "monetary_2": 5, "recency_1": ""})
    assert "Not below the bound" in wrong.content.decode() and "Needed" in wrong.content.decode()
    send(ada, entered, mode="own", **own)
    assert rfm.bins().frequency == (1, 2, 3, 4)
    send(ada, entered, mode="follow")
    assert rfm.bins() not in (relative, None) and rfm.bins().frequency != (1, 2, 3, 4)


def test_bounds_as_they_are_shown_are_taken_as_own(ada, entered):
    for number in range(20):
        bought(f"c{number}", number + 1)
    scoring.score()
    shown = ada.get(BANDS).context["form"].initial
    send(ada, entered, **shown | {"mode": "own"})
    assert Thresholds.objects.get().frozen


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_bounds_that_no_day_can_be_are_refused_at_their_place(ada, day):
    bought("a", 3)
    scoring.score()
    axes = {"frequency": range(1, 5), "monetary": range(1, 5), "recency": ["2026-01-01"] * 3 + [day]}
    own = {f"{axis}_{k}": value for axis, values in axes.items() for k, value in enumerate(values, 1)}
    answer = ada.post(BANDS, {"mode": "own", **own, "recency_1": day} if day < "2" else {"mode": "own", **own})
    assert answer.status_code == 200 and "Ensure this value" in answer.content.decode()
    assert not Thresholds.objects.get().frozen
