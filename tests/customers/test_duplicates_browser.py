"""Duplicates in a real browser: ten pairs by keyboard alone; three merged from the list, their lineage read, undone."""

import os
from pathlib import Path

import pytest

from customers.models import Customer, Match, Merge
from tenancy import context, jobs
from tenancy.models import Job
from tests.customers import matches
from tests.pages.conftest import chromium, stocked, visit

__all__ = ["chromium", "stocked", "visit"]
pytestmark = pytest.mark.browser
SCREENS = [
    ("zh-hans", 360, "light"),
    ("en", 1280, "dark"),
    pytest.param("en", 360, "light", marks=pytest.mark.nightly),
    pytest.param("zh-hans", 1280, "light", marks=pytest.mark.nightly),
]
QUEUE = "/t/lanhu/duplicates/"
PICTURES = os.environ.get("PICTURES")
State = Match.State


@pytest.fixture
def pairs(cast, tenant):
    with context.entered(tenant.id):
        return [matches.a_pair(place, vetoes=["given_name"] if place == 3 else []) for place in range(12)]


def look(person, name: str) -> None:
    if PICTURES:
        page = person.page
        wide = page.viewport_size["width"]
        page.screenshot(path=Path(PICTURES) / f"{name}-{wide}.png", full_page=True)
    assert person.faults() == [], name


def states(tenant) -> list[str]:
    with context.entered(tenant.id):
        return list(Match.objects.order_by("-stake").values_list("state", flat=True))


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_ten_pairs_are_decided_by_keyboard_alone(language, width, theme, visit, pairs, tenant):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open(QUEUE)
    look(ada, "queue")
    page = ada.page

    def press(key: str) -> None:
        before = page.locator("#pair-title").element_handle()
        page.keyboard.press(key)
        page.wait_for_function("one => !one.isConnected", arg=before)
        ada.settle()

    for key in "mnmnsmmnmn":
        press(key)
    expected = [
        State.SAME, State.DIFFERENT, State.SAME, State.DIFFERENT, State.OPEN, State.SAME, State.SAME,
        State.DIFFERENT, State.SAME, State.DIFFERENT,
    ]  # fmt: skip
    assert states(tenant)[:10] == expected
    assert page.locator(".toast:has([data-only])").count() == 1
    look(ada, "decided-by-key")
    press("u")
    press("u")
    assert states(tenant)[8:10] == [State.OPEN, State.OPEN]
    press("m")
    press("m")
    assert states(tenant).count(State.OPEN) == 3
    ada.open(f"{QUEUE}decided/")
    look(ada, "decided")
    page.locator(".row-link").first.click()
    ada.settle()
    look(ada, "decided-pair")


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_three_are_merged_from_the_list_and_taken_apart_again(language, width, theme, visit, stocked, tenant):
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    ada.open("/t/lanhu/customers/")
    page = ada.page
    for box in page.locator("tbody input[name=id]").all()[:3]:
        box.check()
    ada.follow("#bulk [formaction]")
    look(ada, "preview")
    page.locator("input[name=survivor]").nth(1).check()
    page.wait_for_url("**survivor=**")
    ada.settle()
    ada.follow(".decide button.primary")
    look(ada, "merged")
    with context.entered(tenant.id):
        merge = Merge.objects.get()
        assert merge.members.count() == 2
    ada.open(f"/t/lanhu/customers/{merge.survivor_id}/duplicates/")
    look(ada, "panel")
    ada.open(f"/t/lanhu/customers/{merge.survivor_id}/lineage/")
    assert page.locator(".tree li").count() >= 5
    look(ada, "lineage")
    ada.follow(".tree form button")
    look(ada, "undone")
    with context.entered(tenant.id):
        assert Customer.objects.filter(merged_into=None).count() == 12
    ada.open(f"{QUEUE}merges/")
    look(ada, "merges")


@pytest.mark.parametrize(("language", "width", "theme"), SCREENS)
def test_many_are_merged_at_once_and_the_model_is_read(language, width, theme, visit, pairs, cast, tenant):
    with context.entered(tenant.id):
        matches.a_pair(50, agree=matches.SURE, stake="123456.70")
        two = [matches.a_customer(f"X{n}", name="李雷") for n in range(2)]
        merge, _row = matches.taken_apart(*two, by=cast.ada)
        beside = matches.a_customer("X3", name="张小伟", phone="13812345650")
    ada = visit(language=language, width=width, theme=theme)
    ada.log_in()
    look(ada, "home")
    ada.open(f"{QUEUE}bulk/?bits=5")
    page = ada.page
    page.fill("[name=pairs]", "2")
    ada.follow("button.primary")
    assert page.locator(".errors").count() == 1
    look(ada, "bulk")
    page.fill("[name=pairs]", "1")
    ada.follow("button.primary")
    with context.entered(tenant.id):
        job = Job.objects.get()
    jobs.run(tenant.id, job.id, take_over=True)
    page.locator("#progress tbody tr").wait_for()
    look(ada, "bulk-done")
    assert states(tenant)[0] == State.SAME
    ada.open(f"{QUEUE}merges/{merge.id}/")
    look(ada, "later")
    ada.open(f"/t/lanhu/customers/{beside.id}/duplicates/?q=张伟")
    look(ada, "household")
    ada.open("/t/lanhu/settings/matching/")
    look(ada, "model")
    ada.open(f"{QUEUE}{pairs[3].id}/")
    look(ada, "vetoed")


def test_without_scripts_a_pair_is_decided_and_taken_back(visit, pairs, tenant):
    ada = visit(scripts=False)
    ada.log_in()
    ada.open(QUEUE)
    ada.follow(".decide [value=same]")
    ada.follow(".decide [value=different]")
    assert states(tenant)[:3] == [State.SAME, State.DIFFERENT, State.OPEN]
    ada.follow(".decide form:last-of-type button")
    assert states(tenant)[:3] == [State.SAME, State.OPEN, State.OPEN]
    ada.follow(".decide a.button")
    assert states(tenant)[1] == State.OPEN
