"""A company's night goes step by step, each on what the ones before it have left."""

from datetime import timedelta

import pytest
from celery import current_app
from django.conf import settings

from customers.models import Customer
from segmentation import night, scoring, stats, tasks
from segmentation.models import CustomerStats, Prediction, Segment, SegmentMember, StatsCheck, Thresholds
from segmentation.segments import editing, following
from tenancy.models import Job
from tests.segmentation.prediction.said import stocked


@pytest.fixture
def at_once():
    """What is sent to a worker is done here."""
    current_app.conf.task_always_eager = True
    yield
    current_app.conf.task_always_eager = False


@pytest.fixture
def shop(entered, cast):
    stocked(220)
    scoring.score()
    segment = editing.create("Regulars", rule="orders >= 2", by=cast.ada)
    CustomerStats.objects.update(frequency=1)
    list(following.refresh([segment]))
    Segment.objects.update(filled_on=stats.today(entered.zone) - timedelta(days=1))
    return entered


def test_each_step_is_begun_when_the_one_before_has_ended(shop, at_once, monkeypatch):
    monkeypatch.setattr("segmentation.reconciling.PARTS", 1)
    assert not SegmentMember.objects.exists()
    tasks.go_on(str(shop.id), 0)
    assert StatsCheck.objects.get().wrong > 0, "mended before anybody is scored, told of, or put into segments"
    regulars = set(CustomerStats.objects.filter(frequency__gte=2).values_list("customer_id", flat=True))
    assert set(SegmentMember.objects.values_list("customer_id", flat=True)) == regulars != set()
    ran = list(Job.objects.order_by("created_at").values_list("kind", "state"))
    assert ran == [(kind, Job.State.DONE) for kind in ("predictions.train", "offers", "segments.refresh", "insights")]
    assert Prediction.objects.count() == Customer.objects.count()


def test_a_step_that_fails_keeps_the_others_from_nothing(shop, at_once, monkeypatch):
    Thresholds.objects.all().delete()

    def failing(tenant_id):
        raise RuntimeError

    monkeypatch.setattr(night, "STEPS", (failing, night.score, failing))
    tasks.go_on(str(shop.id), 0)
    assert Thresholds.objects.exists()


def test_work_that_somebody_is_at_is_left_to_them(shop, at_once):
    Job.objects.create(kind="predictions.train", state=Job.State.RUNNING, arguments={"horizon": 90})
    night.predict(shop.id)
    assert Job.objects.get().state == Job.State.RUNNING


def test_beat_sends_nothing_but_tasks_that_there_are(at_once):
    current_app.loader.import_default_modules()
    wanted = {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    assert wanted <= set(current_app.tasks)
    assert "segmentation.tasks.begin_nights" in wanted
