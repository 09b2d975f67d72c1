"""Custom fields: read as people write them, survive by trust among the sources, written only where they change."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import translation

from crm.lib import Unreadable
from customers import custom, identities
from customers.identities import Person
from customers.models import Customer, CustomField, CustomValue, Source
from customers.values import Kind


def a_field(key: str, label: str, kind: Kind, *choices: str) -> CustomField:
    return CustomField(tenant_id=uuid4(), key=key, label=label, kind=kind, choices=list(choices))


SIZE = a_field("shoe_size", "鞋码", Kind.NUMBER)
HOBBY = a_field("hobby", "爱好", Kind.TEXT)
DAY = a_field("joined", "入会日", Kind.DATE)
COLOUR = a_field("colour", "颜色", Kind.CHOICE, "红色", "Sky Blue")
VEGAN = a_field("vegan", "吃素", Kind.BOOLEAN)


@pytest.mark.parametrize(
    ("field", "raw", "value", "text"),
    [
        (SIZE, "1,234.50", Decimal("1234.5"), "1234.5"),
        (SIZE, "４２", Decimal(42), "42"),
        (SIZE, "-0", Decimal(0), "0"),
        (SIZE, "1000", Decimal(1000), "1000"),
        (SIZE, "1.5万", Decimal(15000), "15000"),
        (HOBBY, "  钓鱼　和 跑步 ", "钓鱼 和 跑步", "钓鱼 和 跑步"),
        (DAY, "2024年3月4日", date(2024, 3, 4), "2024-03-04"),
        (DAY, "45355", date(2024, 3, 4), "2024-03-04"),
        (COLOUR, "sky　blue", "Sky Blue", "Sky Blue"),
        (COLOUR, "紅色", "红色", "红色"),
        (VEGAN, "是", True, "true"),
        (VEGAN, "√", True, "true"),
        (VEGAN, "NO", False, "false"),
        (VEGAN, "0", False, "false"),
    ],
)
def test_value_is_read_as_people_write_it(field, raw, value, text):
    read = custom.parse(field, raw)
    assert (read, type(read)) == (value, type(value))
    assert custom.text_of(field, read) == text
    assert custom.parse(field, text) == value
    assert custom.restored(field, text) == value


@pytest.mark.parametrize(
    ("field", "raw", "code"),
    [
        (SIZE, "viel", "not_a_number"),
        (SIZE, "1" * 13, "too_large"),
        (SIZE, "123456789012.3456", "too_many_digits"),
        (SIZE, "", "blank"),
        (HOBBY, "x" * 501, "too_long"),
        (HOBBY, "\u200b", "blank"),
        (DAY, "31.2.2024", "bad_date"),
        (DAY, "3/4/2024", "ambiguous_date"),
        (DAY, "1850-01-01", "year_out_of_range"),
        (COLOUR, "green", "not_a_choice"),
        (VEGAN, "maybe", "not_yes_or_no"),
    ],
)
def test_what_is_no_value_is_refused_with_a_reason(field, raw, code):
    with pytest.raises(Unreadable) as refused:
        custom.parse(field, raw)
    assert refused.value.code == code
    assert str(refused.value)


def test_page_shows_values_in_the_readers_language():
    with translation.override("en"):
        told = [custom.shown(VEGAN, True), custom.shown(SIZE, Decimal("1234567.500")), custom.shown(HOBBY, None)]
    assert told == ["Yes", "1,234,567.5", ""]


@pytest.fixture
def fields(entered):
    for place, field in enumerate((SIZE, HOBBY, DAY, COLOUR, VEGAN)):
        CustomField.objects.create(
            key=field.key, label=field.label, kind=field.kind, choices=field.choices, position=place
        )


@pytest.fixture
def pos(entered):
    return Source.objects.create(key="pos", trust=60)


@pytest.fixture
def shop(entered):
    return Source.objects.create(key="shop", trust=40)


def values() -> dict:
    customer = Customer.objects.get()
    return custom.values_of([customer.id]).get(customer.id, {})


def test_most_trusted_source_wins_field_by_field(fields, pos, shop):
    identities.record([Person("M1", {"email": "a@b.cn", "shoe_size": "42", "vegan": "true"})], source=pos)
    identities.record([Person("U1", {"email": "a@b.cn", "shoe_size": "43", "hobby": "钓鱼"})], source=shop)
    assert values() == {"shoe_size": Decimal(42), "hobby": "钓鱼", "vegan": True}


def test_staff_clear_what_a_source_said(fields, pos):
    identities.record([Person("M1", {"name": "张三", "shoe_size": "42", "joined": "2024-03-04"})], source=pos)
    identities.edit(Customer.objects.get(), {"shoe_size": None})
    assert values() == {"joined": date(2024, 3, 4)}


def test_unknown_keys_and_unreadable_texts_are_passed_over(fields, pos):
    identities.record([Person("M1", {"name": "张三", "no_such": "x", "joined": "soon", "colour": "red"})], source=pos)
    assert values() == {"colour": "red"}


def test_archived_field_keeps_its_values_and_is_in_step_when_it_comes_back(fields, pos):
    identities.record([Person("M1", {"name": "张三", "shoe_size": "42"})], source=pos)
    CustomField.objects.filter(key="shoe_size").update(is_active=False)
    identities.record([Person("M1", {"name": "张三丰", "shoe_size": "43"})], source=pos)
    assert values() == {}
    CustomField.objects.filter(key="shoe_size").update(is_active=True)
    assert values() == {"shoe_size": Decimal(43)}


def test_keeping_the_same_again_writes_nothing(fields, pos):
    identities.record(
        [Person(f"M{n}", {"name": "张三", "shoe_size": str(n), "hobby": "x"}) for n in range(3)], source=pos
    )
    surviving = {id: {"shoe_size": "7", "name": "张三"} for id in Customer.objects.values_list("id", flat=True)}
    assert custom.keep(surviving) == set(surviving)
    before = sorted(CustomValue.objects.values_list("id", "text", "number"))
    assert custom.keep(surviving) == set()
    assert sorted(CustomValue.objects.values_list("id", "text", "number")) == before


def test_change_of_a_custom_value_alone_is_a_change_of_the_customer(fields, pos):
    identities.record([Person("M1", {"name": "张三", "shoe_size": "42"})], source=pos)
    before = Customer.objects.get().updated_at
    identities.record([Person("M1", {"name": "张三", "shoe_size": "43"})], source=pos)
    assert Customer.objects.get().updated_at > before


def test_values_are_written_in_the_same_number_of_statements_for_one_and_many(fields, pos, django_assert_num_queries):
    identities.record([Person(f"M{n}", {"name": "张三"}) for n in range(50)], source=pos)
    ids = sorted(Customer.objects.values_list("id", flat=True))
    for some in (ids[:1], ids):
        with django_assert_num_queries(2):
            custom.keep({id: {"shoe_size": "42", "hobby": "钓鱼"} for id in some})
        with django_assert_num_queries(1):
            assert len(custom.values_of(some)) == len(some)
