"""What people have decided holds in every later run, and is never asked again."""

import random

import pytest
from django.utils import timezone

from customers.matching import clusters, decisions, running, starting
from customers.models import Match, MatchModel, SourceRecord
from tenancy import companies, context, jobs
from tenancy.models import Job
from tests.customers.matching import people

SAME, DIFFERENT = Match.State.SAME, Match.State.DIFFERENT


def pairs_of(computing, outcome) -> list[tuple]:
    """The records of pairs that a run joins or asks about, the less sure ones first."""
    found = [
        row for one in (outcome.doubtful, outcome.joined) for row in running._rows(one, range(len(one.l)), computing)
    ]
    return sorted(found, key=lambda row: (row[4], row[0]))


def verdicts(pairs: list[tuple], most: int) -> list[tuple]:
    """Pairs with what is decided on them at random, so that no two decisions contradict each other."""
    dice = random.Random(11)
    customer = dict(SourceRecord.objects.values_list("id", "customer_id"))
    group = {id: {id} for id in customer.values()}
    apart: dict = {id: set() for id in group}
    decided = []
    for pair in dice.sample(pairs, min(most, len(pairs))):
        one, other = (customer[record] for record in pair[:2])
        mine, theirs = group[one], group[other]
        if mine is theirs:
            verdict = SAME
        elif any(apart[id] & theirs for id in mine) or len(mine) + len(theirs) > clusters.MOST or dice.random() < 0.5:
            verdict = DIFFERENT
            apart[one].add(other)
            apart[other].add(one)
        else:
            verdict = SAME
            mine |= theirs
            group |= dict.fromkeys(theirs, mine)
        decided.append((pair, verdict))
    return decided


def run(tenant, *, learn: bool) -> None:
    with context.entered(tenant.id):
        job_id = starting.start(by=None, learn=learn, enqueue=False).id
    jobs.run(tenant.id, job_id, take_over=True)
    with context.entered(tenant.id):
        assert Job.objects.get(id=job_id).state == Job.State.DONE


def require_all_hold(tenant, decided: list[tuple]) -> None:
    with context.entered(tenant.id):
        customer = dict(SourceRecord.objects.values_list("id", "customer_id"))
        states = {(left, right): state for left, right, state in Match.objects.values_list("left", "right", "state")}
        broken = [
            (pair[:2], verdict)
            for pair, verdict in decided
            if (customer[pair[0]] == customer[pair[1]]) != (verdict == SAME) or states[pair[:2]] != verdict
        ]
        assert broken == []
        asked = {
            frozenset((customer[left], customer[right]))
            for (left, right), state in states.items()
            if state == Match.State.OPEN
        }
        apart = {frozenset(customer[id] for id in pair[:2]) for pair, verdict in decided if verdict == DIFFERENT}
        assert asked
        assert not asked & apart


def prove(records: int, decisions_made: int, *, is_merged: bool) -> None:
    """With `is_merged` the decisions are made one by one as in the queue, else they are only known."""
    tenant = companies.create("deciding", name="Deciding")
    with context.entered(tenant.id):
        people.told(records)
    with context.entered(tenant.id):
        people.ready()
        decided = verdicts(pairs_of(*people.computed()), decisions_made)
        assert len(decided) == decisions_made
        assert {SAME, DIFFERENT} == {verdict for _pair, verdict in decided}
        model = MatchModel.objects.get()
        running.keep([pair for pair, _verdict in decided], model, None, Match.State.OPEN)
        verdict_of = {pair[:2]: verdict for pair, verdict in decided}
        for match in Match.objects.all():
            verdict = verdict_of[match.left_id, match.right_id]
            if is_merged:
                decisions.decide(match, verdict, by=None)
            else:
                Match.objects.filter(id=match.id).update(state=verdict, decided_at=timezone.now())
    for learn in (False, True):
        run(tenant, learn=learn)
        require_all_hold(tenant, decided)


@pytest.mark.parametrize(("records", "decisions_made", "is_merged"), [(400, 60, True), (1300, 300, False)])
@pytest.mark.django_db(transaction=True)
def test_decisions_hold_in_a_new_run_and_after_learning_anew(records, decisions_made, is_merged):
    prove(records, decisions_made, is_merged=is_merged)


@pytest.mark.nightly
@pytest.mark.parametrize("is_merged", [True, False])
@pytest.mark.django_db(transaction=True)
def test_ten_thousand_decisions_hold_in_a_new_run_and_after_learning_anew(is_merged):
    prove(40_000, 10_000, is_merged=is_merged)
