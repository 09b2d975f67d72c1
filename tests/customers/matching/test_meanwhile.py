"""What people and sources say while a full run is at work holds against it."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers import merging
from customers.matching import decisions, incremental, keeping, running, starting
from customers.models import Match, Merge
from tests.customers.matching.test_running import SURE, customer_of, match, tell

State = Match.State


@pytest.fixture
def twins(entered):
    """Two records of one woman, whom a first run has merged, and a stranger."""
    tell("till", "1", **SURE)
    tell("shop", "A", **SURE | {"phone": "", "address": "杭州翠苑小区12幢402室"})
    tell("till", "3", name="王强", phone="13912345699")
    match()
    return Merge.objects.get()


def begun() -> tuple[Iterator[None], dict]:
    """A run that has been told all records, and its result; something must be new."""
    job = starting.start(by=None, enqueue=False)
    job.started_at = timezone.now()
    job.save()
    pieces = running.match(job, keeping.active())
    for _piece in ("begun", "made ready", "told"):
        next(pieces)
    return pieces, job


def test_a_customer_taken_apart_meanwhile_is_not_merged_by_what_it_was(twins, cast):
    tell("app", "x", **SURE | {"address": "", "gender": ""})
    pieces, job = begun()
    decisions.withdraw(twins.matches.first(), by=cast.ada)
    for _piece in pieces:
        pass
    assert job.result["merged"] == 0
    assert len({customer_of("till", "1"), customer_of("shop", "A"), customer_of("app", "x")}) == 3


def test_a_question_that_came_up_meanwhile_stays(twins):
    tell("till", "4", name="赵六", phone="13912345600")
    pieces, _job = begun()
    tell("app", "z", name="王*", phone="13912345699")
    incremental.match_new()
    for _piece in pieces:
        pass
    assert Match.objects.filter(state=State.OPEN, right__external_id="z").exists()


def test_a_pair_that_is_explained_is_matched_all_the_same(twins, tenant):
    tell("app", "x", **SURE | {"address": "", "gender": ""})
    call_command("explain_pair", "--tenant", tenant.slug, "app:x", "till:1")
    assert incremental.match_new()["merged"] == 1


def test_of_three_that_were_taken_apart_no_two_are_joined_again(twins, cast):
    merging.unmerge(twins, by=cast.ada)
    Match.objects.all().delete()
    tell("app", "x", **SURE | {"address": "", "gender": ""})
    match()
    merge = Merge.objects.get(undone_at=None)
    assert merge.members.count() == 2
    merging.unmerge(merge, by=cast.ada)
    assert match()["merged"] == 0


def test_records_of_one_customer_are_not_said_to_be_two(twins, cast):
    pair = Match.objects.get(merge=twins)
    Match.objects.filter(id=pair.id).update(state=State.OPEN)
    with pytest.raises(decisions.AlreadyDecided):
        decisions.decide(pair, State.DIFFERENT, by=cast.ada)
    pair.refresh_from_db()
    assert pair.state == State.OPEN
