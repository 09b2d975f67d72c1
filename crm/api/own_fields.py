"""The company's own fields, and their values and the tags of customers, as JSON."""

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError as Invalid
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.fields import DAY, Choice, Identity, Moment, Text
from crm.api.pages import PageQuery, page, page_of
from crm.api.resources import Resource
from crm.api.shapes import MOST_UNKNOWN, Asked, Told
from crm.lib import Unreadable
from customers import custom, defining, filtering, tagging
from customers.models import CustomField
from customers.values import LONGEST, Kind, Value
from tenancy.permissions import Permission

EDIT = {Permission.FIELDS_EDIT}
VALUES = [{"type": "string", "maxLength": LONGEST}, {"type": "number"}, {"type": "boolean"}]
FILTERS = (
    OpenApiParameter(
        "tag",
        {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": LONGEST}},
        description="The name or id of a tag; of several, customers have all. “none”: without tags.",
    ),
    OpenApiParameter(
        "x",
        {
            "type": "object",
            "patternProperties": {"^x_[a-z][a-z0-9_]*$": {"type": "string", "maxLength": LONGEST}},
            "additionalProperties": False,
        },
        style="form",
        explode=True,
        description="By the company’s own fields: `x_<key>=value`, for texts and choices whatever the case and script, "
        "several: one of them; `x_<key>_has` for texts that begin so; `x_<key>_from` and `x_<key>_to` for numbers and "
        "days, both included; `x_<key>=none` for customers without a value.",
    ),
)


@extend_schema_field({"type": "object", "additionalProperties": {"oneOf": VALUES}})
class ValuesTold(serializers.Field):
    """Key → value: a number, true or false, else a string; days as YYYY-MM-DD. Fields without a value are left out."""

    def to_representation(self, values: Mapping[str, Value]) -> dict:
        return {key: json_of(value) for key, value in values.items()}


@extend_schema_field({"type": "object", "additionalProperties": {"oneOf": [*VALUES, {"type": "null"}]}})
class ValuesAsked(serializers.Field):
    """Key → value; gives key → standard text, None for null. `known` are the fields where many bodies are read."""

    known: Mapping[str, CustomField] | None = None

    default_error_messages = {
        "not_an_object": _("An object of keys and values is needed."),
        "unknown_field": _("There is no such field to set."),
        "not_a_string": _("A string is needed."),
        "not_a_day": _("Not a day as in 1990-12-31."),
        "not_a_number": _("A number is needed."),
        "not_a_boolean": _("true or false is needed."),
    }

    def to_internal_value(self, data) -> dict[str, str | None]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        fields = self.known if self.known is not None else {field.key: field for field in custom.fields() if data}
        told, faults = {}, {}
        for key, value in data.items():
            try:
                told[key] = None if value in (None, "") else self._text(self._known(fields, key), value)
            except ValidationError as refusal:
                faults[key] = refusal.detail
            if len(faults) == MOST_UNKNOWN:
                break
        if faults:
            raise ValidationError(faults)
        return told

    def _known(self, fields: Mapping[str, CustomField], key: str) -> CustomField:
        if key not in fields:
            self.fail("unknown_field")
        return fields[key]

    def _text(self, field: CustomField, value) -> str:
        match field.kind:
            case Kind.BOOLEAN:
                if not isinstance(value, bool):
                    self.fail("not_a_boolean")
                return custom.text_of(field, value)
            case Kind.NUMBER:
                if isinstance(value, bool) or not isinstance(value, int | float | str):
                    self.fail("not_a_number")
                value = value if isinstance(value, str) else f"{Decimal(str(value)):f}"[:LONGEST]
            case Kind.DATE:
                if not isinstance(value, str) or not DAY.fullmatch(value):
                    self.fail("not_a_day")
            case _:
                if not isinstance(value, str):
                    self.fail("not_a_string")
        value = Text(LONGEST).run_validation(value)
        try:
            return custom.text_of(field, custom.parse(field, value))
        except Unreadable as problem:
            raise ValidationError([ErrorDetail(str(problem), code=problem.code)]) from problem


def json_of(value: Value) -> str | int | float | bool:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date() if not isinstance(value, bool):
            return value.isoformat()
    return value


def conditions(parameters: QueryDict) -> list[filtering.Condition]:
    """What a list is narrowed to by tags and own fields. Raises ValidationError by the parameters' names."""
    try:
        return filtering.conditions(parameters)
    except filtering.BadFilters as refused:
        raise ValidationError(
            {name[:100]: [ErrorDetail(str(one), code=one.code)] for name, one in refused.errors.items()}
        ) from refused


class TagName(Text):
    """What a tag can be called."""

    def run_validation(self, data=serializers.empty):
        try:
            return tagging.cleaned(super().run_validation(data))
        except tagging.BadTag as problem:
            raise serializers.ValidationError(str(problem), code="invalid") from problem


def tags_of_body() -> serializers.ListField:
    return serializers.ListField(
        child=TagName(tagging.LONGEST), max_length=tagging.MOST_EACH, required=False,
        help_text="Names of tags, instead of those there were; new ones are made.",
    )  # fmt: skip


class FieldShape(Told):
    """A field that the company made itself."""

    id = Identity()
    key = serializers.CharField(help_text="Its name in `custom`, in filters and in files.")
    label = serializers.CharField()
    kind = serializers.ChoiceField(Kind.choices)
    choices = serializers.ListField(child=serializers.CharField(), help_text="Of the kind “choice”, in their order.")
    is_active = serializers.BooleanField(help_text="Whether it is in use; else it is archived.")
    created_at = Moment()


class FieldBody(Asked):
    label = Text(defining.LONGEST_LABEL)
    choices = serializers.ListField(
        child=Text(defining.LONGEST_CHOICE), max_length=defining.MOST_CHOICES, required=False
    )


class NewFieldBody(FieldBody):
    kind = Choice(Kind.choices, help_text="Stays as it is.")
    key = Text(defining.LONGEST_KEY, required=False, help_text="Stays as it is; made from the label if left out.")


class ChangedFieldBody(FieldBody):
    is_active = serializers.BooleanField(required=False, help_text="false archives it; the values stay.")


class FieldList(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}, "POST": EDIT}
    queries = {"GET": PageQuery}
    bodies = {"POST": NewFieldBody}
    answers = {"GET": {200: page_of(FieldShape)}, "POST": {201: FieldShape}}

    def get(self, request):
        """The company's own fields of customers, archived ones too."""
        found = page(CustomField.objects.all(), by=["position", "id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request):
        """Add a field. It can be used at once, in `custom`, as a filter and in files."""
        with refused():
            return self.answer(defining.define(**self.told, by=self.member), status=201)


class FieldDetail(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}, "PATCH": EDIT}
    bodies = {"PATCH": ChangedFieldBody}
    answers = {"GET": {200: FieldShape}, "PATCH": {200: FieldShape}}

    def get(self, request, field_id: UUID):
        """One field."""
        return self.answer(get_object_or_404(CustomField, id=field_id))

    def patch(self, request, field_id: UUID):
        """Change a field's label or choices, archive or restore it. Customers keep a choice that is taken out."""
        field = get_object_or_404(CustomField, id=field_id)
        is_active = self.told.pop("is_active", field.is_active)
        with refused():
            defining.change(field, **self.told, by=self.member)
            if is_active != field.is_active:
                (defining.restore if is_active else defining.archive)(field, by=self.member)
        return self.answer(field)


@contextmanager
def refused():
    """What the rules do not allow becomes an error at its field."""
    try:
        yield
    except Invalid as problem:
        by_name = problem.message_dict if hasattr(problem, "error_dict") else {"non_field_errors": problem.messages}
        raise ValidationError(
            {name: [ErrorDetail(text, code="invalid") for text in texts] for name, texts in by_name.items()}
        ) from problem
