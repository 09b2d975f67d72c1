"""Jobs: pieces that count once, cancel, a lost worker, a taken-over lease, a failure with its reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tenancy import context, jobs, lookups
from tenancy.models import Job, Store


@jobs.runner("test.stores")
def make_stores(job):
    """Makes a store per piece; `fail_at` and `cancel_at` are pieces."""
    start = job.cursor.get("made", 0)
    for number in range(start, job.arguments["count"]):
        if job.arguments.get("fail_at") == number:
            raise jobs.JobFailed("the third shelf is full")
        Store.objects.create(code=f"J{number}", name="made")
        job.cursor = {"made": number + 1}
        job.done = number + 1
        if job.arguments.get("cancel_at") == number:
            Job.objects.filter(id=job.id).update(cancel_requested=True)
        if job.arguments.get("stolen_at") == number:
            Job.objects.filter(id=job.id).update(attempts=9)
        yield


@pytest.fixture
def make(tenant):
    def made(**arguments) -> Job:
        with context.entered(tenant.id):
            return jobs.create("test.stores", title="stores", arguments={"count": 4, **arguments}, by=None)

    return made


def after(job: Job) -> tuple[str, int]:
    with context.entered(job.tenant_id):
        return Job.objects.get(id=job.id).state, Store.objects.filter(name="made").count()


def test_job_runs_to_its_end_and_again_does_nothing(make):
    job = make()
    jobs.run(job.tenant_id, job.id)
    jobs.run(job.tenant_id, job.id)
    assert after(job) == ("done", 4)


def test_cancelled_job_keeps_what_was_done_and_can_go_on(make, tenant):
    job = make(cancel_at=1)
    jobs.run(job.tenant_id, job.id)
    assert after(job) == ("cancelled", 2)
    with context.entered(tenant.id):
        Job.objects.filter(id=job.id).update(arguments={"count": 4})
        jobs.retry(Job.objects.get(id=job.id))
    jobs.run(job.tenant_id, job.id)
    assert after(job) == ("done", 4)


def test_failure_says_why_and_keeps_what_was_done(make, tenant):
    job = make(fail_at=2)
    jobs.run(job.tenant_id, job.id)
    assert after(job) == ("failed", 2)
    with context.entered(tenant.id):
        assert Job.objects.get(id=job.id).error == "the third shelf is full"


def test_worker_that_lost_its_lease_stops_at_the_next_piece(make):
    job = make(stolen_at=1)
    jobs.run(job.tenant_id, job.id)
    assert after(job) == ("running", 2)


def test_sweeper_finds_jobs_whose_lease_ran_out_and_no_others(make, tenant):
    job, fresh = make(), make()
    with context.entered(tenant.id):
        Job.objects.filter(id=job.id).update(state="running", lease_until=timezone.now() - timedelta(seconds=1))
    assert (job.tenant_id, job.id) in lookups.due_jobs(limit=10)
    assert (fresh.tenant_id, fresh.id) not in lookups.due_jobs(limit=10)


def test_job_that_never_comes_to_an_end_is_given_up(make, tenant):
    job = make()
    with context.entered(tenant.id):
        Job.objects.filter(id=job.id).update(attempts=jobs.ATTEMPTS)
    jobs.run(job.tenant_id, job.id)
    assert after(job) == ("failed", 0)
