from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from crm.api.fields import Choice, Identity, Moment, Position, Text
from crm.api.pages import PageQuery, page, page_of
from crm.api.problems import Gone, Unprocessable
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from crm.lib import egress
from tenancy.permissions import Permission
from webhooks import endpoints, feed, kinds
from webhooks.models import Delivery, Endpoint

NEWEST_FIRST = ["-created_at", "-id"]
KINDS = [(kind.name, kind.description) for kind in kinds.declared()]


class TooManyWebhooks(Unprocessable):
    default_code = "too_many"


class WebhookOff(Unprocessable):
    default_code = "webhook_off"


class WebhookShape(Told):
    """An address of yours that is told of changes."""

    id = Identity()
    url = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField(), help_text="What it is told of.")
    is_active = serializers.BooleanField()
    off_because = serializers.ChoiceField(Endpoint.Off.choices, allow_blank=True, help_text="Empty while active.")
    position = serializers.IntegerField(help_text="How far in the change feed it has been told, or is being told.")
    failing_since = Moment(allow_null=True, help_text="Since when nothing arrives. After three days it goes off.")
    created_at = Moment()


class NewWebhookShape(WebhookShape):
    secret = serializers.CharField(help_text="For checking signatures. It is told here alone.")


class DeliveryShape(Told):
    """A message and what became of it."""

    id = Identity(source="message_id", help_text="Its `webhook-id`, the same at every attempt.")
    kind = serializers.CharField()
    subject_id = Identity(allow_null=True)
    state = serializers.ChoiceField(Delivery.State.choices)
    attempts = serializers.IntegerField()
    next_at = serializers.SerializerMethodField(help_text="When it is tried next; null where it will not be.")
    status_code = serializers.IntegerField(allow_null=True, help_text="Of the last answer.")
    problem = serializers.ChoiceField(Delivery.Problem.choices, allow_blank=True, help_text="Why it failed, if known.")
    attempted_at = Moment(allow_null=True)
    created_at = Moment()

    def get_next_at(self, delivery) -> str | None:
        waits = delivery.state == Delivery.State.WAITING
        return Moment().to_representation(delivery.next_at) if waits else None


class ReplayShape(Told):
    position = serializers.IntegerField(help_text="What stands after it is being sent once more.")


class WebhookBody(Asked):
    url = Text(egress.LONGEST, help_text="https, port 443 or 8443, a public machine.")
    kinds = serializers.ListField(child=Choice(KINDS), min_length=1, max_length=100, help_text="What it is told of.")

    def validate_url(self, url: str) -> str:
        try:
            endpoints.check_url(url)
        except egress.Refused as problem:
            raise ValidationError(ErrorDetail(str(problem), code="refused")) from problem
        own = self.context["view"].kwargs.get("webhook_id")
        if Endpoint.objects.filter(url=url).exclude(id=own).exists():
            raise ValidationError(ErrorDetail(_("This address is on the list already."), code="unique"))
        return url


class WebhookChangeBody(WebhookBody):
    is_active = serializers.BooleanField(help_text="false pauses it, true lets it go on where it stopped.")


class ReplayBody(Asked):
    """One of both."""

    position = Position(required=False, help_text="Of the change feed; what stands after it is sent once more.")
    since = Moment(required=False, help_text="What changed from this time on is sent once more.")

    def validate(self, told: dict) -> dict:
        if len(told) != 1:
            raise ValidationError({"position": [ErrorDetail(_("Give a position or a time."), code="one_of")]})
        return told


class WebhookResource(Resource):
    def webhook(self, webhook_id: UUID) -> Endpoint:
        return get_object_or_404(Endpoint.objects.visible_to(self.member), id=webhook_id)


class WebhookList(WebhookResource):
    permissions = {"GET": {Permission.WEBHOOKS_EDIT}, "POST": {Permission.WEBHOOKS_EDIT}}
    queries = {"GET": PageQuery}
    bodies = {"POST": WebhookBody}
    answers = {"GET": {200: page_of(WebhookShape)}, "POST": {201: NewWebhookShape}}

    def get(self, request):
        """Webhooks, newest first."""
        found = page(Endpoint.objects.visible_to(self.member), by=NEWEST_FIRST, query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request):
        """Have an address told of changes, from now on.

        Messages follow Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature` (check it with
        the `secret`), and `{"type", "timestamp", "data": {"subject_id", "url"}}`. They hold ids and no personal
        data; read the row at `url`. The same message may come twice, with the same `webhook-id`, and messages may
        come out of order. Answer `2xx` within 5 seconds; else it is tried again for three days (5 s, 30 s, 2 min,
        10 min, 1 h, …, or later where `Retry-After` asks for it). `410` switches the webhook off.
        """
        try:
            return self.answer(endpoints.make(**self.told, by=self.member), status=201)
        except endpoints.TooMany as problem:
            raise TooManyWebhooks(str(problem)) from problem


class WebhookDetail(WebhookResource):
    permissions = {method: {Permission.WEBHOOKS_EDIT} for method in ("GET", "PATCH", "DELETE")}
    bodies = {"PATCH": WebhookChangeBody}
    answers = {"GET": {200: WebhookShape}, "PATCH": {200: WebhookShape}, "DELETE": {204: None}}

    def get(self, request, webhook_id: UUID):
        """One webhook."""
        return self.answer(self.webhook(webhook_id))

    def patch(self, request, webhook_id: UUID):
        """Change its address or kinds, pause it or let it go on. What is left out stays."""
        webhook, told = self.webhook(webhook_id), dict(self.told)
        is_active = told.pop("is_active", webhook.is_active)
        endpoints.change(webhook, **told, by=self.member)
        if is_active:
            endpoints.resume(webhook, by=self.member)
        else:
            endpoints.pause(webhook, by=self.member)
        return self.answer(webhook)

    def delete(self, request, webhook_id: UUID):
        """Remove it, with what was to be sent there."""
        endpoints.remove(self.webhook(webhook_id), by=self.member)
        return Response(status=204)


class Deliveries(WebhookResource):
    permissions = {"GET": {Permission.WEBHOOKS_EDIT}}
    queries = {"GET": PageQuery}
    answers = {"GET": {200: page_of(DeliveryShape)}}

    def get(self, request, webhook_id: UUID):
        """What was sent there in the last 30 days or waits to be, newest first."""
        found = page(self.webhook(webhook_id).deliveries.all(), by=NEWEST_FIRST, query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})


class Replays(WebhookResource):
    permissions = {"POST": {Permission.WEBHOOKS_EDIT}}
    bodies = {"POST": ReplayBody}
    answers = {"POST": {201: ReplayShape}}
    refusals = {"POST": (Gone,)}

    def post(self, request, webhook_id: UUID):
        """Send what changed since a position or a time once more, with the same ids."""
        try:
            position = endpoints.replay(self.webhook(webhook_id), **self.told, by=self.member)
        except feed.Gone as problem:
            raise Gone(str(problem)) from problem
        return self.answer({"position": position}, status=201)


class Tests(WebhookResource):
    permissions = {"POST": {Permission.WEBHOOKS_EDIT}}
    answers = {"POST": {201: DeliveryShape}}

    def post(self, request, webhook_id: UUID):
        """Send a message of type `webhook.test`, now. Takes no body. A webhook that is off is `422`."""
        try:
            delivery = endpoints.test(self.webhook(webhook_id), by=self.member)
        except endpoints.IsOff as problem:
            raise WebhookOff(str(problem)) from problem
        return self.answer(delivery, status=201)
