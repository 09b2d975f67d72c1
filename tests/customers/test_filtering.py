"""What a list is narrowed to by tags and custom fields, told in an address."""

from datetime import date

import pytest
from django.http import QueryDict
from django.utils import translation

from customers import filtering, identities, tagging
from customers.identities import Person
from customers.models import Customer, CustomField, Source
from customers.values import Kind


@pytest.fixture
def shop(entered, cast):
    for place, (key, kind) in enumerate(
        {
            "size": Kind.NUMBER,
            "hobby": Kind.TEXT,
            "joined": Kind.DATE,
            "colour": Kind.CHOICE,
            "vegan": Kind.BOOLEAN,
        }.items()
    ):
        choices = ["红色", "蓝色"] if kind == Kind.CHOICE else []
        CustomField.objects.create(key=key, label=key.title(), kind=kind, position=place, choices=choices)
    source = Source.objects.create(key="pos")
    people = {
        "A": {"size": "38.5", "hobby": "钓鱼 River", "joined": "2024-03-04", "colour": "红色", "vegan": "true"},
        "B": {"size": "42", "hobby": "釣魚", "joined": "2025-01-01", "colour": "蓝色", "vegan": "false"},
        "C": {"hobby": "Run"},
    }
    known = identities.record([Person(name, {"name": name, **said}) for name, said in people.items()], source=source)
    ids = {name: one.customer_id for name, one in known.items()}
    tagging.add([ids["A"], ids["B"]], ["VIP"], by=cast.ada)
    tagging.add([ids["B"]], ["新客"], by=cast.ada)


def names(address: str) -> str:
    rows = Customer.objects.all()
    for condition in filtering.conditions(QueryDict(address)):
        rows = rows.filter(condition.q)
    return "".join(sorted(rows.values_list("name", flat=True)))


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("", "ABC"),
        ("x_size=&tag=&page=2", "ABC"),
        ("tag=vip", "AB"),
        ("tag=VIP&tag=新客", "B"),
        ("tag=none", "C"),
        ("x_size=42.0", "B"),
        ("x_size_from=38.5", "AB"),
        ("x_size_from=38.6&x_size_to=100", "B"),
        ("x_size=none", "C"),
        ("x_hobby=钓鱼", "B"),
        ("x_hobby_has=钓鱼", "AB"),
        ("x_hobby=RUN", "C"),
        ("x_joined_to=2024-12-31", "A"),
        ("x_joined=2025年1月1日", "B"),
        ("x_colour=紅色", "A"),
        ("x_colour=红色&x_colour=蓝色", "AB"),
        ("x_vegan=否", "B"),
        ("x_vegan=true&tag=VIP", "A"),
    ],
)
def test_address_finds(shop, address, found):
    assert names(address) == found


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("tag=nobody", "no_such_tag"),
        ("x_nothing=1", "no_such_field"),
        ("x_size=much", "not_a_number"),
        ("x_size_has=4", "only_texts"),
        ("x_hobby_from=4", "only_ranges"),
        ("x_joined_to=soon", "not_a_date"),
        ("x_vegan=maybe", "not_yes_or_no"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(shop, address, code):
    with pytest.raises(filtering.BadFilters) as refused:
        filtering.conditions(QueryDict(address))
    assert {name: problem.code for name, problem in refused.value.errors.items()} == {address.split("=")[0]: code}


def test_chip_says_what_it_asks_and_what_to_drop(shop):
    address = "tag=vip&x_size_from=38&x_size_to=42&x_joined_from=2024-01-01&x_vegan=1&x_hobby=none&x_hobby_has=r"
    with translation.override("en"):
        told = [(one.label, one.params) for one in filtering.conditions(QueryDict(address))]
    assert told == [
        ("VIP", (("tag", "vip"),)),
        ("Size: 38 – 42", (("x_size_from", "38"), ("x_size_to", "42"))),
        (f"Joined: ≥ {date(2024, 1, 1)}", (("x_joined_from", "2024-01-01"),)),
        ("Vegan: Yes", (("x_vegan", "1"),)),
        ("Hobby: empty", (("x_hobby", "none"),)),
        ("Hobby: r…", (("x_hobby_has", "r"),)),
    ]


def test_archived_field_is_no_filter(shop):
    CustomField.objects.filter(key="size").update(is_active=False)
    with pytest.raises(filtering.BadFilters):
        filtering.conditions(QueryDict("x_size=42"))


def test_filters_are_bounded(shop):
    with pytest.raises(filtering.BadFilters):
        filtering.conditions(QueryDict("&".join(["x_size=1"] * 31)))
