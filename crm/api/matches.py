"""Pairs that may be one person: read with their evidence, decided on, taken back."""

import re
from contextlib import contextmanager
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.api.fields import Choice, Identity, Moment, Money
from crm.api.pages import PageQuery, page, page_of
from crm.api.problems import Busy, Unprocessable
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from customers import merging
from customers.duplicates import deciding, queue
from customers.matching import decisions
from customers.models import Match
from tenancy.permissions import Permission

NEWEST_FIRST = ["-id"]
MOST_BITS = 1_000
BITS = re.compile(r"-?\d{1,4}(\.\d{1,6})?", re.ASCII)
READ = {Permission.CUSTOMERS_VIEW}
WRITE = {Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_MERGE}


class MatchRefused(Unprocessable):
    default_code = "refused"


class MatchRecordShape(Told):
    """A source's record of a person, and whose it is now."""

    id = Identity()
    source = serializers.CharField(source="source.key")
    external_id = serializers.CharField()
    customer_id = Identity()


class MatchShape(Told):
    """Two records that may be one person's. The more bits, the likelier: each doubles the odds."""

    id = Identity()
    state = serializers.ChoiceField(Match.State.choices, help_text="`auto` was merged without being asked.")
    bits = serializers.FloatField(allow_null=True, help_text="Null where a person said so and nobody computed it.")
    vetoes = serializers.ListField(child=serializers.CharField(), help_text="Why it is not merged without being asked.")
    stake = Money(help_text="What the two customers have spent.")
    left = MatchRecordShape()
    right = MatchRecordShape()
    model = serializers.IntegerField(source="model.number", allow_null=True, default=None, help_text="Its version.")
    merge_id = Identity(allow_null=True)
    found_at = Moment()
    decided_at = Moment(allow_null=True)
    decided_by = Identity(source="decided_by_id", allow_null=True, help_text="The member; null where nobody did.")


class EvidenceShape(Told):
    """What a field says. Values are not told: read the customers for them."""

    field = serializers.CharField(source="key")
    label = serializers.CharField(help_text="The field, in words.")
    level = serializers.CharField(help_text="How the two agree in it, in words.")
    bits = serializers.FloatField(help_text="For one person where positive, against it where negative.")


class MatchEvidenceShape(MatchShape):
    """A pair with its evidence: `prior_bits` and the bits of all fields sum to `bits`."""

    prior_bits = serializers.SerializerMethodField(help_text="Before anything was looked at.")
    evidence = serializers.SerializerMethodField()
    contradictions = serializers.SerializerMethodField(help_text="The vetoes, in words.")

    @extend_schema_field({"type": "number"})
    def get_prior_bits(self, match: Match) -> float:
        return self._told(match).prior_bits

    @extend_schema_field(EvidenceShape(many=True))
    def get_evidence(self, match: Match) -> list[dict]:
        return EvidenceShape(self._told(match).fields, many=True).data

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_contradictions(self, match: Match) -> list[str]:
        return [str(one) for one in self._told(match).vetoes]

    def _told(self, match: Match) -> decisions.Evidence:
        if not hasattr(match, "told"):
            match.told = decisions.evidence(match)
        return match.told


@extend_schema_field({"type": "number", "minimum": -MOST_BITS, "maximum": MOST_BITS})
class Bits(serializers.Field):
    """A number of bits in an address."""

    default_error_messages = {"invalid": _("Not a number of bits, from -1000 to 1000.")}

    def to_internal_value(self, data) -> float:
        if not isinstance(data, str) or not BITS.fullmatch(data) or abs(value := float(data)) > MOST_BITS:
            self.fail("invalid")
        return value


class MatchQuery(PageQuery):
    state = Choice(Match.State.choices, required=False)
    customer_id = Identity(required=False, help_text="Pairs of this customer.")
    min_bits = Bits(required=False, help_text="So many bits or more.")


class DecisionBody(Asked):
    verdict = Choice([("same", "same"), ("different", "different")], help_text="`same` merges the two customers.")


CODES = {
    deciding.NotYours: "not_editable",
    decisions.AlreadyDecided: "decided_already",
    decisions.NotDecided: "not_decided",
    merging.CannotMerge: "cannot_merge",
    merging.CannotUnmerge: "cannot_unmerge",
}


@contextmanager
def refused():
    """What deciding refuses, as a problem."""
    try:
        yield
    except merging.Busy as problem:
        raise Busy(str(problem)) from problem
    except tuple(CODES) as problem:
        raise MatchRefused(str(problem), CODES[type(problem)]) from problem


class MatchResource(Resource):
    def visible(self) -> QuerySet[Match]:
        return queue.whole(queue.visible(self.member)).prefetch_related("merge")

    def match(self, match_id: UUID) -> Match:
        return get_object_or_404(self.visible(), id=match_id)


class MatchList(MatchResource):
    permissions = {"GET": READ}
    queries = {"GET": MatchQuery}
    answers = {"GET": {200: page_of(MatchShape)}}

    def get(self, request):
        """Pairs, the newest first. A pair is told to who sees both customers."""
        rows = self.visible()
        if "state" in self.query:
            rows = rows.filter(state=self.query["state"])
        if "customer_id" in self.query:
            customer = self.query["customer_id"]
            rows = rows.filter(Q(left__customer=customer) | Q(right__customer=customer))
        if "min_bits" in self.query:
            rows = rows.filter(bits__gte=self.query["min_bits"])
        found = page(rows, by=NEWEST_FIRST, query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})


class MatchDetail(MatchResource):
    permissions = {"GET": READ}
    answers = {"GET": {200: MatchEvidenceShape}}

    def get(self, request, match_id: UUID):
        """One pair with its evidence."""
        return self.answer(self.match(match_id))


class Decisions(MatchResource):
    permissions = {"POST": WRITE}
    bodies = {"POST": DecisionBody}
    answers = {"POST": {201: MatchEvidenceShape}}

    def post(self, request, match_id: UUID):
        """Say whether the two are one person. It holds for every later run, until it is withdrawn."""
        with refused():
            deciding.decide(self.match(match_id), Match.State(self.told["verdict"]), by=self.member)
        return self.answer(self.match(match_id), status=201)


class MatchWithdrawals(MatchResource):
    permissions = {"POST": WRITE}
    answers = {"POST": {201: MatchEvidenceShape}}

    def post(self, request, match_id: UUID):
        """Take a decision back: the pair is open again, and what it merged comes apart."""
        with refused():
            deciding.withdraw(self.match(match_id), by=self.member)
        # Told though one of the two may now be nobody the member sees.
        return self.answer(queue.whole(Match.objects.all()).get(id=match_id), status=201)
