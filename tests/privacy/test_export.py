"""All that is held: every column of every model that can speak of a customer, with a canary in each."""

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from django.contrib.postgres.fields import ArrayField
from django.core.management import CommandError, call_command
from django.db import models

from customers.models import Customer, SourceRecord
from privacy import reach
from privacy.export import as_json, export
from tenancy.models import AuditEvent, Membership
from tests.tenancy.test_isolation import fill

NUMBERS = count(1)
BOUND = ("remaining", "score")  # by a constraint, with another column or alone
BOUND_IN = {"feedback.Ticket": ("state", "closed_at")}
UNCHANGEABLE = {
    "feedback_ticketentry", "interactions_interaction", "loyalty_entry", "loyalty_lotuse", "privacy_consent",
    "privacy_erasure", "privacy_erasedkey", "segmentation_segmentevent", "tenancy_auditevent",
}  # fmt: skip


@pytest.fixture
def customer(cast, entered):
    return Customer.objects.get(id=fill(cast.ada)["customer_id"])


def canary(field: models.Field):
    """A value that stands nowhere else."""
    number = next(NUMBERS)
    if isinstance(field, models.JSONField):
        return {"canary": f"json-{number}"}
    if isinstance(field, ArrayField):
        return [canary(field.base_field)]
    if type(field).__name__ == "EncryptedText":
        return f"secret-{number}"
    if isinstance(field, models.BinaryField):
        return uuid.uuid4().bytes
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.DateTimeField):
        return datetime(1990, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    if isinstance(field, models.DateField):
        return date(1990, 1, 1) + timedelta(days=number)
    if isinstance(field, models.DecimalField):
        return Decimal(90_000_000 + number).scaleb(-field.decimal_places)
    if isinstance(field, models.FloatField):
        return 9000.5 + number
    if isinstance(field, models.PositiveSmallIntegerField | models.SmallIntegerField):
        return 9000 + number
    if isinstance(field, models.IntegerField):
        return 900_000 + number
    return f"c{number}"[: field.max_length]


def fillable(model: type[models.Model]) -> list[models.Field]:
    left_out = (reach.SUBJECT, *BOUND, *BOUND_IN.get(model._meta.label, ()))
    keys = [model._meta.pk, *model._meta.pk_fields]
    return [
        field
        for field in model._meta.local_fields
        if not field.is_relation and field not in keys and field.name not in (*left_out, *secret(model))
    ]


def secret(model: type[models.Model]) -> tuple[str, ...]:
    """The company's own business."""
    return getattr(model.Privacy, "secret", ())


def written_as(value) -> str:
    """How a value stands in JSON."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()[:19]
    if isinstance(value, dict):
        return value["canary"]
    if isinstance(value, list):
        return written_as(value[0])
    return "true" if value is True else str(value)


@pytest.mark.parametrize("model", reach.reaching(), ids=lambda model: model._meta.label)
def test_every_column_is_handed_out(customer, cast, model):
    row = model._base_manager.filter(pk__in=list(reach.rows_of(customer).get(model, ()))).order_by("pk").first()
    assert row is not None, f"{model._meta.label} reaches a customer, but test_isolation.fill makes no row of one"
    if model._meta.db_table not in UNCHANGEABLE:
        for field in fillable(model):
            setattr(row, field.attname, canary(field))
        row.save()
    held = {table["model"]: table for table in export(customer, by=cast.ada)["held"]}[model._meta.label]
    keys = [field for field in model._meta.pk_fields if field.name != "tenant"]
    told = next(
        one for one in held["rows"]
        if all(str(getattr(row, key.attname)) in json.dumps(one[key.name]) for key in keys)
    )  # fmt: skip
    fields = {field.name for field in model._meta.local_fields if field.column}
    assert set(told) == fields - {"tenant", *secret(model)} == set(held["fields"])
    for field in fillable(model):
        value = getattr(row, field.attname)
        if value not in (None, "", [], {}) and not isinstance(value, dict):
            assert written_as(value) in json.dumps(told[field.name], ensure_ascii=False), field.name
        elif isinstance(value, dict):
            assert told[field.name] == value
    for field in model._meta.local_fields:
        if field.is_relation and field.name != "tenant" and getattr(row, field.attname) is not None:
            assert str(getattr(row, field.attname)) in json.dumps(told[field.name])


def test_another_customer_is_not_in_it(customer, cast):
    other = Customer.objects.create(name="SOMEBODY ELSE")
    held = as_json(export(customer, by=cast.ada))
    assert "SOMEBODY ELSE" not in held
    assert str(other.id) not in held
    assert "张三" in held
    assert "+8613812345678" in held


def test_of_the_staff_only_ids_are_told(customer, cast):
    held = as_json(export(customer, by=cast.ada))
    assert str(cast.ada.id) in held
    assert not [member for member in Membership.objects.select_related("user") if str(member.user) in held]


def test_command_prints_json_and_keeps_who_asked(customer, cast, tenant, capsys):
    record = SourceRecord.objects.get(external_id="M1")
    arguments = ["export_customer", "--tenant", tenant.slug, "--source", record.source.key, "M1"]
    call_command(*arguments, "--by", "ada@example.com")
    printed = json.loads(capsys.readouterr().out)
    assert printed["customer"] == str(customer.id)
    assert {"customers.Customer", "sales.Order", "privacy.Consent"} <= {table["model"] for table in printed["held"]}
    assert AuditEvent.objects.get(action="customer.exported").actor == str(cast.ada.id)


@pytest.mark.parametrize(
    ("external_id", "by", "reason"), [("M0", "ada@example.com", "M0"), ("M1", "charlie@example.com", "charlie")]
)
def test_command_names_what_is_wrong(customer, tenant, external_id, by, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("export_customer", "--tenant", tenant.slug, "--source", "shop", external_id, "--by", by)
