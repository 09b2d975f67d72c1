"""The customer's form: what was left alone is not said by staff, and a lunar birthday is shown and stays."""

import json

import pytest
from django.urls import reverse

from customers import identities
from customers.models import Customer, Source, SourceVersion
from tenancy import context


@pytest.fixture
def customer(tenant):
    with context.entered(tenant.id):
        source = Source.objects.create(key="crm")
        content = {"name": "张三", "phone": "13812345678", "birthday": "农历1990年二月三十", "city": "杭州"}
        known = identities.record([identities.Person("M1", content)], source=source)
        return Customer.objects.get(id=known["M1"].customer_id)


def test_staff_say_only_what_they_changed(client, login, cast, tenant, customer):
    login(cast.ada)
    address = reverse("customers:edit", args=[tenant.slug, customer.id])
    page = client.get(address)
    assert "L1990-02-30" in page.content.decode()
    shown = {name: value or "" for name, value in page.context["form"].initial.items()}
    assert client.post(address, shown | {"name": "张三丰", "city": ""}).status_code == 302
    with context.entered(tenant.id):
        told = json.loads(SourceVersion.objects.get(record__source__key=Source.STAFF).content)
        assert told == {"name": "张三丰", "city": None}
        customer.refresh_from_db()
        assert (customer.name, customer.city, customer.phone) == ("张三丰", "", "+8613812345678")
        assert (customer.birth_is_lunar, customer.birth_month, customer.birth_day) == (True, 2, 30)


def test_lunar_birthday_is_a_day_of_the_solar_calendar_for_programs(tenant, customer, cast):
    from crm.api.cards import card

    with context.entered(tenant.id):
        assert str(card(customer, tenant=tenant).birthday) == "1990-03-26"
