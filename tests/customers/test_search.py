"""Every way to look a customer up."""

import pytest

from customers import identities, search
from customers.models import Customer, Source
from tenancy import context

PEOPLE = [
    ("M1", {"name": "张三", "phone": "13812345678", "card": "VIP001"}),
    ("M2", {"name": "张三丰", "phone": "13912345679", "email": "zsf@wudang.example"}),
    ("M3", {"name": "欧阳小明", "phone": "+44 7911 123456"}),
    ("M4", {"name": "Anna O'Brien", "email": "anna@example.com"}),
    ("M5", {"name": "單雄信"}),
]


@pytest.fixture
def people(entered):
    source = Source.objects.create(key="pos")
    identities.record([identities.Person(reference, told) for reference, told in PEOPLE], source=source)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("张三", ["张三", "张三丰"]),
        ("三丰", ["张三丰"]),
        ("小明", ["欧阳小明"]),
        ("欧阳小", ["欧阳小明"]),
        ("阳小明", ["欧阳小明"]),
        ("zs", ["张三", "张三丰"]),
        ("zsf", ["张三丰"]),
        ("zhangsanf", ["张三丰"]),
        ("ouyang", ["欧阳小明"]),
        ("xiaoming", ["欧阳小明"]),
        ("单雄信", ["單雄信"]),
        ("shanxiongxin", ["單雄信"]),
        ("anna", ["Anna O'Brien"]),
        ("o'brien", ["Anna O'Brien"]),
        ("13812345678", ["张三"]),
        ("+86 138-1234-5678", ["张三"]),
        ("5678", ["张三"]),
        ("+447911123456", ["欧阳小明"]),
        ("VIP001", ["张三"]),
        ("ZSF@wudang.example", ["张三丰"]),
        ("M3", ["欧阳小明"]),
        ("zsf@wudang", []),
        ("%", []),
        ("_三", []),
        ("'; DROP TABLE", []),
        ("\x00", []),
        ("", []),
    ],
)
def test_form_of_query_finds(people, cast, query, names):
    found = search.find(query, member=cast.ada, region="CN")
    assert [customer.name for customer in found] == names


def test_only_the_own_companys_customers_are_found(people, cast, other_tenant):
    with context.entered(other_tenant.id):
        assert search.find("张三", member=cast.charlie, region="CN") == []


def test_only_customers_of_the_data_scope_are_found(people, cast):
    Customer.objects.filter(name="张三").update(owner=cast.alice)
    assert [c.name for c in search.find("张三", member=cast.alice, region="CN")] == ["张三"]
    assert [c.name for c in search.find("5679", member=cast.alice, region="CN")] == []
