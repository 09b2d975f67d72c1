"""What sources say of many customers in one call."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError

from crm.api.customers import CustomerBody, said
from crm.api.fields import Identity, SourceKey, Text
from crm.api.order_bodies import BoundedList, Unchecked
from crm.api.problems import Unprocessable, errors_of
from crm.api.resources import Resource
from crm.api.schema import Fault
from crm.api.shapes import Asked, Told
from customers import custom, golden, identities, tagging
from customers.models import Source
from customers.words import Maker
from tenancy import audit
from tenancy.permissions import Permission, Scope

MOST = 10_000
MOST_SOURCES = 20
MOST_ERRORS = 10  # of each refused customer


class SourcedBody(CustomerBody):
    """What a source says of one of its customers. Tags are added to those there are."""

    source = SourceKey()
    external_id = Text(200)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        del self.fields["store"]


class CustomerBulkBody(Asked):
    customers = BoundedList(
        child=Unchecked(allow_null=True),
        min_length=1,
        max_length=MOST,
        help_text="Each as in POST /customers/, of a source.",
    )


class CustomerResultShape(Told):
    """What became of one customer of the call."""

    index = serializers.IntegerField(help_text="Its place in `customers`, from 0.")
    status = serializers.ChoiceField(["created", "updated", "unchanged", "refused"])
    id = Identity(allow_null=True)
    errors = Fault(many=True, help_text="Empty unless it was refused.")


class CustomerBulkShape(Told):
    created = serializers.IntegerField(help_text="References that are new.")
    updated = serializers.IntegerField(help_text="References of which something else is said than before.")
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField(help_text="Those of which nothing was written.")
    results = CustomerResultShape(many=True)


class CustomerBulk(Resource):
    permissions = {"POST": {Permission.CUSTOMERS_EDIT}}
    bodies = {"POST": CustomerBulkBody}
    answers = {"POST": {200: CustomerBulkShape}}

    def post(self, request):
        """Add and change up to 10,000 customers by source and external id.

        Each is as in POST /customers/ with a source. All that are acceptable are written in one transaction; one
        that is not is refused with its errors, and keeps no other from being written. So the answer is `200` also
        where some, or all, were refused: look at `refused`. The same call again changes nothing.
        """
        if self.member.scope != Scope.ALL:
            raise PermissionDenied(_("A source is written by a member who sees all customers."))
        results = [{"index": place, "status": "refused", "id": None, "errors": []} for place in range(self._count)]
        told = self._acceptable(self.told["customers"], results)
        sources = sorted({one["source"] for one in told.values()})
        if len(sources) > MOST_SOURCES:
            raise Unprocessable(_("At most %d sources in one call.") % MOST_SOURCES, code="too_many_sources")
        for source in sources:
            self._write(source, {place: one for place, one in told.items() if one["source"] == source}, results)
        statuses = [result["status"] for result in results]
        counts = {status: statuses.count(status) for status in ("created", "updated", "unchanged", "refused")}
        identities.renew_statistics()
        audit.record("customers.recorded", by=self.member, changes=counts)
        return self.answer({**counts, "results": results})

    @property
    def _count(self) -> int:
        return len(self.told["customers"])

    def _acceptable(self, sent: Sequence[Any], results: list[dict]) -> dict[int, dict]:
        """The acceptable ones by their places."""
        body = SourcedBody()
        body.fields["custom"].known = {field.key: field for field in custom.fields()}
        told, seen = {}, set()
        for place, one in enumerate(sent):
            try:
                told[place] = body.run_validation(one)
                key = told[place]["source"], told[place]["external_id"]
                if key in seen:
                    del told[place]
                    raise ValidationError({"external_id": [ErrorDetail(_("Stands twice in this call."), code="twice")]})
                seen.add(key)
            except ValidationError as refusal:
                results[place]["errors"] = errors_of(refusal.detail, most=MOST_ERRORS)
        return told

    def _write(self, key: str, told: dict[int, dict], results: list[dict]) -> None:
        source, _made = Source.objects.get_or_create(key=key)
        maker = Maker(self.tenant.region)
        words = [
            maker.word(identities.Person(one["external_id"], {name: value or "" for name, value in said(one).items()}))
            for one in told.values()
        ]
        done = identities.write(words, maker=maker, source=source)
        wanted: dict[str, list[UUID]] = defaultdict(list)
        for number, (place, one) in enumerate(told.items()):
            results[place]["id"] = done.known[one["external_id"]].customer_id
            is_new = one["external_id"] in done.new
            results[place]["status"] = "created" if is_new else "updated" if number in done.news else "unchanged"
            for name in one.get("tags", ()):
                wanted[name].append(results[place]["id"])
        golden.hold({id for ids in wanted.values() for id in ids})
        for name, customer_ids in sorted(wanted.items()):
            try:
                tagging.put(customer_ids, [name], by=self.member)
            except tagging.TooManyTags as problem:
                raise Unprocessable(str(problem), code="too_many_tags") from problem
