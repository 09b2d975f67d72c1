"""Whose record is this: keys and strong identifiers join, phones never do; what sources say survives by trust."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from customers import editing, identities, profiles
from customers.identities import Person
from customers.models import Customer, Identifier, Source, SourceRecord, SourceVersion
from customers.words import Maker
from tenancy import companies, context


@pytest.fixture
def pos(entered):
    return Source.objects.create(key="pos", trust=60)


@pytest.fixture
def shop(entered):
    return Source.objects.create(key="shop", trust=40)


def test_same_external_id_of_one_source_is_one_customer(pos):
    first = identities.record([Person("M1")], source=pos)
    assert identities.record([Person("M1")], source=pos) == first


@pytest.mark.parametrize("field", ["email", "openid", "unionid", "card"])
def test_strong_identifier_joins_records_of_two_sources(pos, shop, field):
    identities.record([Person("M1", {field: "same@one.example"})], source=pos)
    identities.record(
        [Person("U9", {field: " SAME@one.example " if field == "email" else "same@one.example"})], source=shop
    )
    assert (Customer.objects.count(), SourceRecord.objects.count()) == (1, 2)


def test_phone_never_joins(pos, shop):
    identities.record([Person("M1", {"phone": "13812345678", "name": "张三"})], source=pos)
    identities.record([Person("U9", {"phone": "13812345678", "name": "李四"})], source=shop)
    assert Customer.objects.count() == 2


def test_records_that_share_identifiers_in_a_chain_in_one_call_are_one_customer(pos):
    people = [
        Person("a", {"card": "C1"}),
        Person("b", {"card": "C1", "openid": "o1"}),
        Person("c", {"openid": "o1", "email": "c@x.example"}),
        Person("d", {"email": "c@x.example"}),
        Person("e", {"card": "C9"}),
    ]
    known = identities.record(people, source=pos)
    assert len({known[ref].customer_id for ref in "abcd"}) == 1
    assert known["e"].customer_id != known["a"].customer_id
    assert Customer.objects.count() == 2
    assert Identifier.objects.filter(claim=True).count() == 4


def test_record_that_meets_two_standing_customers_joins_the_older_and_merges_nobody(pos):
    known = identities.record([Person("a", {"card": "C1"}), Person("b", {"openid": "o1"})], source=pos)
    late = identities.record([Person("c", {"card": "C1", "openid": "o1"})], source=pos)
    assert late["c"].customer_id == min(known["a"].customer_id, known["b"].customer_id)
    assert Customer.objects.count() == 2


def test_more_trusted_source_wins_and_staff_win_over_all(pos, shop, cast):
    identities.record([Person("M1", {"card": "C1", "name": "张三", "city": "上海"})], source=pos)
    identities.record([Person("U9", {"card": "C1", "name": "三儿", "city": "北京", "gender": "女"})], source=shop)
    customer = Customer.objects.get()
    assert (customer.name, customer.city, customer.gender) == ("张三", "上海", "f")
    editing.change(customer, {"name": "张三丰", "gender": None}, by=cast.ada)
    assert (customer.name, customer.gender, customer.initials) == ("张三丰", "", "zsf")
    assert {field.name: field.source for field in profiles.fields(customer)} == {
        "name": "staff", "card": "pos", "city": "pos",
    }  # fmt: skip


def test_older_word_of_a_source_never_replaces_a_newer_one(pos):
    new, old = datetime(2026, 5, 1, tzinfo=UTC), datetime(2025, 5, 1, tzinfo=UTC)
    identities.record([Person("M1", {"name": "新名"}, new)], source=pos)
    identities.record([Person("M1", {"name": "旧名"}, old)], source=pos)
    assert Customer.objects.get().name == "新名"


def test_same_content_again_is_no_new_version(pos):
    for _turn in range(2):
        identities.record([Person("M1", {"name": "张三"})], source=pos)
    assert SourceVersion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_card_at_once_end_at_one_customer():
    tenant = companies.create("race", name="Race")
    with context.entered(tenant.id):
        sources = [Source.objects.create(key=key) for key in ("pos", "shop")]
    barrier, failures = threading.Barrier(2), []

    def write(source):
        try:
            for number in range(20):
                barrier.wait(10)
                with context.entered(tenant.id):
                    identities.record([Person(f"x{number}", {"card": f"C{number}"})], source=source)
        except Exception as problem:
            failures.append(problem)
            barrier.abort()
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[source]) for source in sources]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    with context.entered(tenant.id):
        assert (Customer.objects.count(), SourceRecord.objects.count()) == (20, 40)
        connection.check_constraints()


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_the_same_references_at_once_make_them_once_and_keep_what_is_said_once():
    tenant = companies.create("race", name="Race")
    with context.entered(tenant.id):
        source = Source.objects.create(key="erp")
        maker = Maker(tenant.region)
    words = [maker.word(Person(f"x{number}", {"name": f"Person {number}"})) for number in range(50)]
    waits, answers = threading.Event(), []

    def write():
        try:
            waits.wait(10)
            with context.entered(tenant.id):
                answers.append(identities.write(words, maker=Maker(tenant.region), source=source))
        finally:
            connection.close()

    second = threading.Thread(target=write)
    second.start()
    with context.entered(tenant.id):
        first = identities.write(words, maker=maker, source=source)
        waits.set()
        second.join(1)  # stands at the first's rows
        assert answers == []
    second.join(10)
    assert (len(first.new), len(first.news)) == (50, 50)
    assert [(one.new, one.news, one.known == first.known) for one in answers] == [(set(), set(), True)]
    with context.entered(tenant.id):
        assert (Customer.objects.count(), SourceVersion.objects.count()) == (50, 50)
