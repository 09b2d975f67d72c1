"""Scores, reasons, due lists: they follow the record at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import editing, identities, quality
from customers.models import Customer, Source, Steward
from customers.quality import reporting, standardising, stewards
from tenancy import context, jobs
from tenancy.models import Job, Store

GOOD = {
    "name": "张三丰", "phone": "13812345678", "email": "z@x.example", "gender": "m", "birthday": "1990-02-03",
    "address": "浙江省杭州市西湖区文三路9号",
}  # fmt: skip


@pytest.fixture
def source(entered):
    return Source.objects.create(key="crm")


def recorded(source, content: dict, reference: str = "M1") -> Customer:
    known = identities.record([identities.Person(reference, content)], source=source)
    return Customer.objects.get(id=known[reference].customer_id)


def keys(customer: Customer) -> list[str]:
    return [fault.key for fault in quality.reasons(customer.faults)]


def test_record_without_fault_scores_a_hundred(source):
    customer = recorded(source, GOOD)
    assert (customer.quality, keys(customer), customer.faulty_since) == (100, [], None)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ({"name": ""}, "name_missing"),
        ({"name": "王女士"}, "name_partial"),
        ({"name": "王**"}, "name_partial"),
        ({"name": "测试1"}, "name_damaged"),
        ({"phone": "1381234567"}, "phone_unreadable"),
        ({"phone": "138****5678"}, "phone_unreadable"),
        ({"phone": "13800138000"}, "phone_placeholder"),
        ({"phone": "", "email": ""}, "contact_missing"),
        ({"email": "z@x"}, "email_unreadable"),
        ({"birthday": ""}, "birthday_missing"),
        ({"birthday": "1990-02-30"}, "birthday_unreadable"),
        ({"birthday": "1900-01-01"}, "birthday_placeholder"),
        ({"gender": ""}, "gender_missing"),
        ({"address": ""}, "address_missing"),
        ({"address": "文三路9号"}, "address_vague"),
    ],
)
def test_each_fault_is_found_and_costs_its_points(source, content, fault):
    customer = recorded(source, GOOD | content)
    assert keys(customer) == [fault]
    assert customer.quality == 100 - quality.BY_KEY[fault].points
    assert (customer.faulty_since is not None) == quality.BY_KEY[fault].is_due


def test_companies_need_neither_gender_nor_birthday(source):
    company = {"kind": "company", "name": "蓝湖", "phone": "010-62345678", "address": GOOD["address"]}
    assert recorded(source, company).quality == 100


def test_score_moves_when_a_fix_lands_and_since_stays_while_another_fault_does(source, cast):
    customer = recorded(source, GOOD | {"name": "王女士", "phone": "138"})
    since = customer.faulty_since
    editing.change(customer, {"name": "王芳"}, by=cast.ada)
    assert keys(customer) == ["phone_unreadable"]
    assert customer.faulty_since == since
    editing.change(customer, {"phone": "13812345678"}, by=cast.ada)
    assert (customer.quality, customer.faulty_since) == (100, None)


def test_steward_has_the_faulty_records_of_their_store_and_sources(source, cast):
    other = Source.objects.create(key="shop")
    here = recorded(source, {"name": "王女士"}, "A")
    there = recorded(other, {"name": "李女士"}, "B")
    Customer.objects.filter(id=here.id).update(store=cast.store)
    assert list(stewards.due(cast.ada, mine=True)) == []
    stewards.appoint({cast.store: cast.ada}, by=cast.ada)
    assert list(stewards.due(cast.ada, mine=True)) == [here]
    stewards.appoint({cast.store: None, other: cast.ada}, by=cast.ada)
    assert list(stewards.due(cast.ada, mine=True)) == [there]
    assert stewards.appoint({cast.store: None, other: cast.ada}, by=cast.ada) == 0
    assert Steward.objects.count() == 1
    mask = quality.BY_KEY["phone_unreadable"].mask
    assert list(stewards.due(cast.ada, mask=mask)) == []


def test_report_counts_by_field_store_and_source(source, cast):
    good, poor = recorded(source, GOOD, "A"), recorded(source, GOOD | {"email": "q@x.example", "phone": "138"}, "B")
    Customer.objects.filter(id=poor.id).update(store=cast.store)
    overall = reporting.overall(cast.ada)
    assert (overall.records, overall.score) == (2, (good.quality + poor.quality) / 2)
    assert [(fault.key, count) for fault, count, _share in overall.faults] == [("phone_unreadable", 1)]
    assert dict(overall.fields)["phone"] == 50
    assert [(one.place, one.records) for one in reporting.by_store(cast.ada)] == [(cast.store, 1), (None, 1)]
    assert [(one.place, one.records) for one in reporting.by_source(cast.ada)] == [(source, 2)]


def test_standardising_again_changes_nothing_the_second_time(tenant):
    with context.entered(tenant.id):
        source = Source.objects.create(key="crm")
        customer = recorded(source, GOOD)
        Customer.objects.filter(id=customer.id).update(city="", quality=3)
    assert [standardised(tenant)["changed"] for _run in range(2)] == [1, 0]
    with context.entered(tenant.id):
        customer.refresh_from_db()
        assert (customer.city, customer.quality) == ("杭州市", 100)


def standardised(tenant) -> dict:
    with context.entered(tenant.id):
        job = standardising.start(title="again", by=None, enqueue=False)
    jobs.run(tenant.id, job.id, take_over=True)
    with context.entered(tenant.id):
        return Job.objects.get(id=job.id).result


def test_pages_show_what_is_due(client, login, cast, tenant):
    with context.entered(tenant.id):
        recorded(Source.objects.create(key="crm"), {"name": "王女士"})
    login(cast.ada)
    page = client.get(reverse("quality:due", args=[tenant.slug]))
    assert "王女士" in page.content.decode()
    assert client.get(reverse("quality:figures", args=[tenant.slug])).status_code == 200
    client.post(reverse("quality:stewards", args=[tenant.slug]), {f"store-{cast.store.id}": str(cast.ada.id)})
    with context.entered(tenant.id):
        assert Steward.objects.get().member == cast.ada


def test_page_of_stewards_asks_no_more_for_more_stores(cast, entered, login):
    address, browser = reverse("quality:stewards", args=[entered.slug]), login(cast.ada)
    browser.get(address)  # a process asks for the company's keys once
    with CaptureQueriesContext(connection) as few:
        assert browser.get(address).status_code == 200
    for number in range(20):
        Store.objects.create(code=f"N{number}", name=f"Store {number}")
    with CaptureQueriesContext(connection) as many:
        assert browser.get(address).status_code == 200
    assert len(many) == len(few)
