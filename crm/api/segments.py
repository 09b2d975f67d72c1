"""Segments: their rules, who is in them and why, who entered and left."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from crm.api.fields import Choice, Identity, Moment, Position, Text
from crm.api.pages import Limit, PageQuery, page, page_of
from crm.api.problems import Unprocessable
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from customers.models import Customer
from segmentation.models import Segment, SegmentEvent, SegmentMember
from segmentation.segments import counting, editing, expanding, explaining, json_form, reading, vocabulary, wording
from segmentation.segments.refusing import RuleError
from segmentation.segments.tree import LONGEST
from tenancy.permissions import Permission, Scope

SEE = {Permission.CUSTOMERS_VIEW}
EDIT = {Permission.CUSTOMERS_VIEW, Permission.SEGMENTS_EDIT}
RULE = "As in `bought(90d) >= 3 and stage in (at_risk, lost)`."


class Unaskable(Unprocessable):
    default_code = "unaskable"


@extend_schema_field({"type": "string", "maxLength": LONGEST, "description": RULE})
class Rule(serializers.CharField):
    """A rule as text. What is wrong with it is told with the character at which it stands."""

    def __init__(self, **options):
        super().__init__(max_length=LONGEST, trim_whitespace=False, help_text=RULE, **options)
        self.validators = []  # the language has bounds of its own, and says where

    def run_validation(self, data=serializers.empty):
        if data is not serializers.empty and not isinstance(data, str):
            self.fail("invalid")
        if data is serializers.empty or not data.strip():
            return super().run_validation(data)
        try:
            return reading.parse(data, vocabulary.standing().of(self.context["view"].request.auth)) and data
        except RuleError as problem:
            raise refused(problem) from problem


def refused(problem: RuleError) -> ValidationError:
    return ValidationError([ErrorDetail(problem.at_its_place(), code=problem.code)])


class SegmentShape(Told):
    """Customers whom the company means. Who reads it sees in it whom their own rights show."""

    id = Identity()
    name = serializers.CharField()
    key = serializers.CharField(help_text="Its name in rules: `segment = <key>`.")
    description = serializers.CharField()
    kind = serializers.ChoiceField(Segment.Kind.choices)
    rule = serializers.CharField(help_text="Empty where it was put together by hand.")
    is_shared = serializers.BooleanField()
    created_at = Moment()
    filled_at = Moment(allow_null=True, help_text="When its members were last made anew; null: they are being made.")
    broken_at = Moment(allow_null=True, help_text="Since when its rule cannot be asked; its members stay as they were.")


class SegmentBody(Asked):
    name = Text(100)
    key = serializers.RegexField(
        r"^[a-z][a-z0-9_]{0,39}\Z",
        required=False,
        help_text="Lower-case letters, digits, underscores. Else made from the name.",
    )
    description = Text(500, required=False, allow_blank=True)
    kind = Choice(Segment.Kind.choices, required=False)
    rule = Rule(required=False, allow_blank=True)
    is_shared = serializers.BooleanField(required=False)


class SegmentChange(Asked):
    name = Text(100)
    description = Text(500, allow_blank=True)
    rule = Rule(allow_blank=True)
    is_shared = serializers.BooleanField()


class SegmentResource(Resource):
    def segment(self, segment_id: UUID) -> Segment:
        return get_object_or_404(Segment.objects.visible_to(self.member), id=segment_id)

    def editable(self, segment_id: UUID) -> Segment:
        return get_object_or_404(Segment.objects.editable_by(self.member), id=segment_id)

    def done(self, act, *args, **options):
        """What the act gives; what stands against it is told at its field."""
        try:
            return act(*args, **options, by=self.member)
        except editing.NotPossible as problem:
            raise ValidationError({problem.field: [ErrorDetail(str(problem), code="not_possible")]}) from problem
        except RuleError as problem:
            raise ValidationError({"rule": refused(problem).detail}) from problem
        except expanding.Unaskable as problem:
            raise Unaskable(_("The rule asks segments that cannot be asked.")) from problem


class SegmentList(SegmentResource):
    permissions = {"GET": SEE, "POST": EDIT}
    queries = {"GET": PageQuery}
    bodies = {"POST": SegmentBody}
    answers = {"GET": {200: page_of(SegmentShape)}, "POST": {201: SegmentShape}}

    def get(self, request):
        """The member’s segments and those shared with the company, by name."""
        found = page(Segment.objects.visible_to(self.member), by=["name", "id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request):
        """Make a segment. In a large company its members come a little later: see `filled_at`."""
        told = dict(self.told)
        return self.answer(self.done(editing.create, told.pop("name"), **told), status=201)


class SegmentDetail(SegmentResource):
    permissions = {"GET": SEE, "PATCH": EDIT, "DELETE": EDIT}
    bodies = {"PATCH": SegmentChange}
    answers = {"GET": {200: SegmentShape}, "PATCH": {200: SegmentShape}, "DELETE": {204: None}}

    def get(self, request, segment_id: UUID):
        """One segment."""
        return self.answer(self.segment(segment_id))

    def patch(self, request, segment_id: UUID):
        """Change a segment; its members follow. What is left out stays."""
        return self.answer(self.done(editing.change, self.editable(segment_id), **self.told))

    def delete(self, request, segment_id: UUID):
        """Archive a segment. One that others ask is refused."""
        self.done(editing.archive, self.editable(segment_id))
        return Response(status=204)


class SegmentMemberShape(Told):
    customer_id = Identity()
    since = Moment()


class SegmentPickBody(Asked):
    customers = serializers.ListField(child=Identity(), min_length=1, max_length=editing.MOST_PICKED)


class SegmentPickedShape(Told):
    changed = serializers.IntegerField(help_text="How many were not in it, or in it, before.")


class Members(SegmentResource):
    permissions = {"GET": SEE, "POST": EDIT}
    queries = {"GET": PageQuery}
    bodies = {"POST": SegmentPickBody}
    answers = {"GET": {200: page_of(SegmentMemberShape)}, "POST": {200: SegmentPickedShape}}

    def get(self, request, segment_id: UUID):
        """Who is in the segment, of those the member sees, in a steady order."""
        rows = SegmentMember.objects.filter(segment=self.segment(segment_id))
        if self.member.scope != Scope.ALL:
            rows = rows.filter(customer__in=Customer.objects.visible_to(self.member))
        found = page(rows, by=["customer_id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request, segment_id: UUID):
        """Put customers into a segment that is put together by hand. Those the member does not see are passed over."""
        changed = self.done(editing.pick, self.editable(segment_id), self.told["customers"])
        return self.answer({"changed": len(changed)})


class Removals(SegmentResource):
    permissions = {"POST": EDIT}
    bodies = {"POST": SegmentPickBody}
    answers = {"POST": {200: SegmentPickedShape}}

    def post(self, request, segment_id: UUID):
        """Take customers out of a segment that is put together by hand."""
        changed = self.done(editing.unpick, self.editable(segment_id), self.told["customers"])
        return self.answer({"changed": len(changed)})


class RuleCountBody(Asked):
    rule = Rule()
    exact = serializers.BooleanField(default=True, help_text="false: at once on a sample, where there is one.")


@extend_schema_field({"type": "object"})
class Tree(serializers.Field):
    """The rule as JSON."""

    def to_representation(self, node) -> dict:
        return json_form.dump(node)


class RuleCountShape(Told):
    count = serializers.IntegerField()
    is_sample = serializers.BooleanField(help_text="Whether it was counted on a part of the customers and scaled.")
    words = serializers.CharField(help_text="The rule in words.")
    tree = Tree()


class Counts(Resource):
    permissions = {"POST": EDIT}
    bodies = {"POST": RuleCountBody}
    answers = {"POST": {200: RuleCountShape}}

    def post(self, request):
        """Count whom a rule means, of those the member sees, without saving it."""
        node, rule = asked(self.told["rule"])
        found = counting.count(rule, self.member, exact=self.told["exact"])
        words = wording.describe(node, rule.vocabulary)
        return self.answer({"count": found.count, "is_sample": found.is_sample, "words": words, "tree": node})


def asked(text: str):
    """The tree of a rule, and the rule made ready."""
    words = vocabulary.standing()
    try:
        node = reading.parse(text, words)
        return node, counting.asked(node, words=words)
    except expanding.Unaskable as problem:
        raise Unaskable(_("A segment that the rule asks cannot be asked.")) from problem


class VerdictShape(Told):
    clause = serializers.CharField()
    words = serializers.CharField()
    found = serializers.CharField(help_text="What stands there; empty where your role does not show it.")
    holds = serializers.BooleanField(allow_null=True, help_text="null: your role does not show it.")


class SegmentWhyShape(Told):
    member = serializers.BooleanField(source="is_member")
    clauses = VerdictShape(source="verdicts", many=True)


class Why(SegmentResource):
    permissions = {"GET": SEE}
    answers = {"GET": {200: SegmentWhyShape}}

    def get(self, request, segment_id: UUID, customer_id: UUID):
        """Why a customer is in the segment or not, condition by condition."""
        segment = self.segment(segment_id)
        customer = get_object_or_404(Customer.objects.visible_to(self.member), id=customer_id)
        words = vocabulary.standing()
        try:
            node = counting.node_of(segment, words)
            rule = counting.asked(node, words=words)
            return self.answer(explaining.why(node, customer, rule.moment, words, to=request.auth))
        except (RuleError, expanding.Unaskable) as problem:
            raise Unaskable(_("The rule of this segment cannot be asked any more.")) from problem


class SegmentEventShape(Told):
    position = serializers.IntegerField()
    segment_id = Identity()
    customer_id = Identity()
    entered = serializers.BooleanField(help_text="false: the customer left.")
    cause = serializers.ChoiceField(SegmentEvent.Cause.choices)
    at = Moment()


class SegmentEventsShape(Told):
    results = SegmentEventShape(many=True)
    next = serializers.IntegerField(help_text="The value for `after` when you ask again.")
    has_more = serializers.BooleanField()


class SegmentEventQuery(Asked):
    after = Position(required=False, help_text="A `next` of before. Without it from the first event.")
    segment = Identity(required=False)
    limit = Limit()


class Events(Resource):
    permissions = {"GET": SEE}
    queries = {"GET": SegmentEventQuery}
    answers = {"GET": {200: SegmentEventsShape}}

    def get(self, request):
        """Who entered and left which segment, in one order without gaps, of the customers the member sees."""
        start, limit = self.query.get("after", 0), self.query["limit"]
        segments = Segment.objects.visible_to(self.member)
        if "segment" in self.query:
            segments = segments.filter(id=get_object_or_404(segments, id=self.query["segment"]).id)
        rows = SegmentEvent.objects.filter(position__gt=start, segment__in=segments).order_by("position")
        if self.member.scope != Scope.ALL:
            rows = rows.filter(customer__in=Customer.objects.visible_to(self.member))
        found = list(rows[: limit + 1])
        has_more, found = len(found) > limit, found[:limit]
        return self.answer({"results": found, "next": found[-1].position if found else start, "has_more": has_more})


class SegmentMoveShape(Told):
    """Customers who moved at once, as one change of the feed tells of them."""

    segment_id = Identity()
    entered = serializers.BooleanField()
    customers = serializers.ListField(child=Identity())
    at = Moment()


class MoveDetail(Resource):
    permissions = {"GET": SEE}
    answers = {"GET": {200: SegmentMoveShape}}

    def get(self, request, move_id: UUID):
        """Who entered or left, of those the member sees: the `subject_id` of segment.entered and segment.left."""
        rows = SegmentEvent.objects.filter(batch=move_id, segment__in=Segment.objects.visible_to(self.member))
        if self.member.scope != Scope.ALL:
            rows = rows.filter(customer__in=Customer.objects.visible_to(self.member))
        first = get_object_or_404(rows.order_by("position")[:1])
        told = {"segment_id": first.segment_id, "entered": first.entered, "at": first.at}
        return self.answer(told | {"customers": list(rows.order_by("position").values_list("customer_id", flat=True))})
