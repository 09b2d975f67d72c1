"""One search for customers, orders and pages: each member finds what they may open."""

import pytest
from django.urls import reverse
from django.utils import translation

from crm import finding, places
from customers import identities
from customers.models import Customer, Source
from sales.models import Order


@pytest.fixture
def people(entered):
    source = Source.objects.create(key="pos")
    told = [{"name": f"张三{n}号", "phone": f"1381234567{n}"} for n in range(9)]
    identities.record([identities.Person(f"M{n}", one) for n, one in enumerate(told)], source=source)
    Order.objects.create(source=source, number="A-1001", at="2026-01-02T03:04:05Z", customer=Customer.objects.first())


def found(query: str, member, tenant) -> finding.Found:
    with translation.override("en"):
        return finding.find(query, member=member, tenant=tenant)


def test_best_six_customers_are_shown_and_that_there_are_more(people, cast, tenant):
    told = found("zs", cast.ada, tenant)
    assert (len(told.customers), told.more) == (6, True)


def test_order_is_found_by_its_number(people, cast, tenant):
    assert [order.number for order in found("A-1001", cast.ada, tenant).orders] == ["A-1001"]
    assert found("A-100", cast.ada, tenant).orders == []


def test_member_finds_neither_customers_nor_orders_of_others(people, cast, tenant):
    assert found("zs", cast.alice, tenant).customers == []
    assert found("A-1001", cast.alice, tenant).orders == []


def test_pages_are_found_by_name_pinyin_and_initials(cast, tenant):
    with translation.override("zh-hans"):
        names = {query: [str(one.label) for one in places.open_to(cast.ada, query)] for query in ("客户", "kehu", "dd")}
    assert "客户" in names["客户"]
    assert "客户" in names["kehu"]
    assert "订单" in names["dd"]


def test_only_pages_that_the_member_may_open_are_offered(cast, tenant, login, entered):
    offered = {place.url_name for place in found("", cast.bob, tenant).pages}
    assert "settings:company" not in offered
    client = login(cast.bob)
    answers = {name: client.get(reverse(name, kwargs={"tenant": "lanhu"})).status_code for name in offered}
    assert answers == dict.fromkeys(offered, 200)


def test_page_without_scripts_has_links_and_the_part_has_options(people, cast, login):
    client = login(cast.ada)
    page = client.get("/t/lanhu/search/?q=zs").content.decode()
    part = client.get("/t/lanhu/search/?q=zs", headers={"HX-Request": "true"}).content.decode()
    assert page.count("palette-option row-link") == 9
    assert part.count('role="option"') == 7
    assert "13812345670" not in page + part
    assert "<mark>张三</mark>" in part


def test_hostile_query_is_shown_as_it_is(people, cast, login):
    client = login(cast.ada)
    page = client.get("/t/lanhu/search/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
