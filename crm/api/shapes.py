"""What objects look like: `Asked` for what comes in, `Told` for what goes out."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

MOST_UNKNOWN = 10


class Asked(serializers.Serializer):
    """Takes the fields it names and refuses every other: nobody sets what is not theirs to set.

    `described` are parameters of an address that a subclass reads by itself, for the document; `may_repeat` says
    which may be given several times.
    """

    described: Sequence[OpenApiParameter] = ()

    @classmethod
    def may_repeat(cls, name: str) -> bool:
        return False

    def to_internal_value(self, data):
        if isinstance(data, dict) and (unknown := [name for name in data if name not in self.fields]):
            refusal = [ErrorDetail(_("There is no such field to set."), code="unknown_field")]
            raise ValidationError(dict.fromkeys(unknown[:MOST_UNKNOWN], refusal))
        return super().to_internal_value(data)


class Told(serializers.Serializer):
    """Every field is always there."""


class Closed(OpenApiSerializerExtension):
    """Says in the document that no other fields are taken."""

    target_class = Asked
    match_subclasses = True

    def map_serializer(self, auto_schema, direction):
        schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**schema, "additionalProperties": False}
