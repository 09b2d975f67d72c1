"""What a person agreed to: the newest row holds, nothing is written twice, no row changes."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from customers.models import Customer
from interactions.models import Interaction
from privacy import consent, policies
from privacy.models import Channel, Consent, How, PolicyVersion, Purpose
from tenancy import companies, context
from tenancy.models import AuditEvent

SMS = {"channel": Channel.SMS, "how": How.TILL, "by": None}


@pytest.fixture
def customer(entered):
    return Customer.objects.create(name="王芳")


def test_a_new_company_has_a_first_policy_in_both_languages(entered):
    version = consent.current_policy()
    assert version.number == 1
    assert {language: set(words) for language, words in version.wording.items()} == {
        "zh-hans": set(Purpose),
        "en": set(Purpose),
    }


def test_the_newest_word_holds(customer):
    assert not consent.holds(customer, Purpose.MARKETING, Channel.SMS)
    consent.give(customer, purposes=[Purpose.MARKETING], **SMS)
    assert consent.holds(customer, Purpose.MARKETING, Channel.SMS)
    assert not consent.holds(customer, Purpose.MARKETING, Channel.EMAIL)
    assert not consent.holds(customer, Purpose.SERVICE, Channel.SMS)
    consent.withdraw(customer, purposes=[Purpose.MARKETING], **SMS)
    assert not consent.holds(customer, Purpose.MARKETING, Channel.SMS)
    assert Consent.objects.count() == 2


def test_an_older_word_that_arrives_late_changes_nothing(customer):
    consent.give(customer, purposes=[Purpose.SERVICE], **SMS)
    consent.withdraw(customer, purposes=[Purpose.SERVICE], at=timezone.now() - timedelta(days=3), **SMS)
    assert consent.holds(customer, Purpose.SERVICE, Channel.SMS)


def test_what_holds_already_is_not_written_again_until_the_wording_changes(customer):
    for _turn in range(2):
        consent.give(customer, purposes=[Purpose.SERVICE, Purpose.SERVICE], **SMS)
    assert Consent.objects.count() == 1
    policies.publish({"en": {"service": "New words"}}, by=None)
    consent.give(customer, purposes=[Purpose.SERVICE], **SMS)
    assert [row.version.number for row in Consent.objects.order_by("id")] == [1, 2]


def test_withdrawing_what_was_never_given_writes_nothing(customer):
    assert consent.withdraw(customer, purposes=Purpose, **SMS) == []
    assert Consent.objects.count() == 0


def test_it_stands_on_the_timeline_and_in_the_audit(customer, cast):
    said = {"channel": Channel.WECHAT, "how": How.PAGE, "by": cast.ada}
    consent.give(customer, purposes=Purpose, **said)
    consent.withdraw(customer, purposes=[Purpose.PROFILING], **said)
    kinds = ["consent.given", "consent.withdrawn"]
    assert [row.kind for row in Interaction.objects.order_by("id")] == kinds
    rows = AuditEvent.objects.filter(subject_id=customer.id).order_by("id")
    assert [(row.action, row.actor_id) for row in rows] == [(kind, cast.ada.user_id) for kind in kinds]


def test_holders_are_found_in_one_query(customer, django_assert_num_queries):
    others = [Customer.objects.create(name=str(number)) for number in range(3)]
    for one in (customer, *others[:2]):
        consent.give(one, purposes=[Purpose.MARKETING], **SMS)
    consent.withdraw(others[0], purposes=[Purpose.MARKETING], **SMS)
    with django_assert_num_queries(1):
        found = set(consent.holders(Customer.objects.all(), Purpose.MARKETING, Channel.SMS))
    assert found == {customer, others[1]}


def test_a_company_without_a_policy_gets_its_first_when_somebody_enrols(db, monkeypatch):
    monkeypatch.setattr(companies, "_beginnings", [])
    with context.entered(companies.create("older", name="Older").id):
        assert consent.current_policy() is None
        consent.give(Customer.objects.create(name="王芳"), purposes=[Purpose.SERVICE], **SMS)
        assert consent.current_policy().number == 1


@pytest.mark.parametrize(("model", "field"), [(Consent, "at"), (PolicyVersion, "published_at")])
def test_rows_are_written_once(customer, model, field):
    consent.give(customer, purposes=[Purpose.SERVICE], **SMS)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.update(**{field: timezone.now()})
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.all().delete()


def test_publishing_the_same_words_makes_no_version(entered):
    words = {"en": {"service": "Words"}}
    assert policies.publish(words, by=None).number == 2
    assert policies.publish(words, by=None).number == 2
    assert PolicyVersion.objects.count() == 2
