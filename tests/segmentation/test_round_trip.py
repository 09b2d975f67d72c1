"""import(export(x)) = x: a file that we wrote comes back and changes nothing; what was changed in it is changed."""

import csv
import json
import random
from io import StringIO

import pytest
from django.core.management import call_command

from customers import custom, defining, identities, tagging
from customers.models import Customer, CustomField, ImportConflict, Source, SourceVersion
from tenancy import context
from tests.customers.test_import_customers import command, picked

NAMES = [
    "张三",
    "欧阳娜娜",
    "O'Brien José",
    "=1+1",
    "'=x",
    "@cmd",
    "-",
    "+86",
    "＝SUM(A1)",
    'a,b;c"d',
    "李 四",
    "𠮷野家",
    "王\t五",
]
WORDS = ["VIP", "a;b", "a\\b", "=tag", "老客，常来", "'x"]


def fill(tenant, cast, count: int) -> None:
    dice = random.Random(7)
    with context.entered(tenant.id):
        defining.define(label="Size", kind="number", key="size", by=cast.ada)
        defining.define(label="Note", kind="text", key="remark", by=cast.ada)
        defining.define(label="Since", kind="date", key="since", by=cast.ada)
        defining.define(label="Vegan", kind="boolean", key="vegan", by=cast.ada)
        source = Source.objects.create(key="crm")
        people = []
        for number in range(count):
            content = {
                "name": dice.choice(NAMES) + dice.choice(["", str(number)]),
                "phone": dice.choice(["", f"139{number:08}", "+1 415 555 2671", "=cmd"]),
                "email": dice.choice(["", f"u{number}@x.example"]),
                "birthday": dice.choice(["", "1990-02-03", "2月29日", "农历八月十五", "1900-01-01"]),
                "gender": dice.choice(["", "f", "m", "男"]),
                "address": dice.choice(["", "浙江省杭州市西湖区文三路9号", "=HYPERLINK(1)", 'a"b\nc']),
                "openid": dice.choice(["", f"o{number}"]),
                "card": dice.choice(["", f"00{number}"]),
                "size": dice.choice(["", "42", "-3.5"]),
                "remark": dice.choice(["", "=1", "'+x", "多行\n文字", " a "]),
                "since": dice.choice(["", "2024-03-04"]),
                "vegan": dice.choice(["", "true", "false"]),
            }
            people.append(identities.Person(f"R{number}", {name: value for name, value in content.items() if value}))
        known = identities.record(people, source=source)
        for word in WORDS:
            some = [one.customer_id for one in known.values() if dice.random() < 0.2]
            tagging.add(some, [word], by=cast.ada)


def all_of(tenant) -> dict:
    with context.entered(tenant.id):
        people = list(Customer.objects.order_by("id"))
        ids = [one.id for one in people]
        own, tags = custom.values_of(ids), tagging.tags_of(ids)
        fields = [field.attname for field in Customer._meta.concrete_fields]
        return {
            one.id: [
                [getattr(one, name) for name in fields],
                own.get(one.id),
                [tag.name for tag in tags.get(one.id, ())],
            ]
            for one in people
        }


def differing(before: dict, after: dict) -> list:
    """(field, value before, value after) of what is not the same."""
    fields = [*(field.attname for field in Customer._meta.concrete_fields), "own", "tags"]
    return [
        (field, one, other)
        for id in before.keys() | after.keys()
        for field, one, other in zip(fields, flat(before[id]), flat(after[id]), strict=True)
        if one != other
    ]


def flat(told: list) -> list:
    return [*told[0], *told[1:]]


def exported(tenant, cast, path, format: str) -> None:
    call_command(
        "export_customers", str(path), tenant=tenant.slug, format=format, by=cast.ada.user.email, stdout=StringIO()
    )


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.nightly)])
def test_file_that_comes_back_changes_nothing(tenant, cast, tmp_path, format, count):
    fill(tenant, cast, count)
    before = all_of(tenant)
    path = tmp_path / f"customers.{format}"
    exported(tenant, cast, path, format)
    result = command("import_customers", str(path), tenant=tenant.slug, source="tongke")
    assert differing(before, all_of(tenant)) == []
    assert picked(result) == (count, 0, 0, count, 0)


def test_what_was_changed_in_the_file_is_changed_and_can_be_undone(tenant, cast, tmp_path):
    fill(tenant, cast, 20)
    path = tmp_path / "customers.csv"
    exported(tenant, cast, path, "csv")
    before = all_of(tenant)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    rows[0] |= {"name": "新名字", "size": "44"}
    rows[1]["external_id"] = "00000000-0000-7000-8000-000000000000"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)
    result = command("import_customers", str(path), tenant=tenant.slug, source="tongke")
    assert picked(result) == (20, 0, 1, 18, 1)
    with context.entered(tenant.id):
        changed = Customer.objects.get(name="新名字")
        assert str(changed.id) == rows[0]["external_id"]
        told = json.loads(SourceVersion.objects.get(record__source__key="staff").content)
        assert told == {"name": "新名字", "size": "44"}
    undone = command("undo_import", result["import_id"], tenant=tenant.slug)
    assert undone == {"restored": 1, "kept": 0, "conflicts": 0}
    after = all_of(tenant)
    place = [field.attname for field in Customer._meta.concrete_fields].index("updated_at")
    for told in (*before.values(), *after.values()):
        del told[0][place]
    assert after == before
    with context.entered(tenant.id):
        assert not ImportConflict.objects.exists()
        assert CustomField.objects.count() == 4
