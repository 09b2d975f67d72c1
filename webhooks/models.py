from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from tenancy.database.fields import TenantField, TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.encryption import EncryptedText
from tenancy.models import Membership
from tenancy.permissions import Permission


class Change(TenantModel):
    """Something changed: `kind` is `noun.past`, `subject_id` the row it speaks of. Ids only, never content.

    `position` is given after commit, in batches, without gaps or latecomers: who has read up to one has read all
    before it (webhooks.feed).
    """

    # Every order and customer writes here. The wall holds the tenant to the one that is entered; a foreign key
    # would add to that only its price, two fifths of the insert.
    tenant = TenantField(db_constraint=False)
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField()
    at = models.DateTimeField(default=timezone.now)
    position = models.BigIntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "position"], name="change_position", condition=models.Q(position__isnull=False)
            )
        ]
        indexes = [models.Index(fields=["tenant", "id"], name="change_unplaced", condition=models.Q(position=None))]

    class Privacy:
        fields = keep("that something changed; ids only", "kind", "subject_id", "at", "position")


class Head(TenantModel):
    """How far a company's feed goes: `position` was given last, what stood up to `forgotten` is no longer kept."""

    position = models.BigIntegerField(default=0)
    forgotten = models.BigIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="head_of_company")]

    class Privacy:
        fields = keep("counts changes", "position", "forgotten")


class EndpointQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "EndpointQuerySet":
        """The company's, for those who may change webhooks."""
        return self if member.can(Permission.WEBHOOKS_EDIT) else self.none()


class Endpoint(TenantModel):
    """An address of the company's own that is told of changes. `position` is how far it was told (webhooks.feed).

    `lease_until` is until when one worker alone sends there, or until when it rests; `turn` counts the workers,
    so that one that was thought dead stops; `served_at` says which was neglected longest. The former secret
    signs too until `former_until`.
    """

    class Off(models.TextChoices):
        PAUSED = "paused", _("Paused")
        GONE = "gone", _("Switched off: it answered 410 Gone")
        FAILING = "failing", _("Switched off: nothing arrived for three days")

    url = models.CharField(_("address"), max_length=500)
    kinds = ArrayField(models.CharField(max_length=40), verbose_name=_("changes"))
    secret = EncryptedText()
    former_secret = EncryptedText(null=True)
    former_until = models.DateTimeField(null=True)
    is_active = models.BooleanField(default=True)
    off_because = models.CharField(max_length=10, choices=Off.choices, blank=True)
    position = models.BigIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    turn = models.PositiveBigIntegerField(default=0)
    served_at = models.DateTimeField(null=True)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager.from_queryset(EndpointQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "url"],
                name="endpoint_url",
                violation_error_message=_("This address is on the list already."),
            )
        ]

    class Privacy:
        fields = keep(
            "a machine of the company, not a person",
            "url", "kinds", "secret", "former_secret", "former_until", "is_active", "off_because", "position",
            "failing_since", "failures", "lease_until", "turn", "served_at", "created_by", "created_at",
        )  # fmt: skip

    def __str__(self):
        return self.url


class DeliveryQuerySet(TenantQuerySet):
    def due(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.WAITING, next_at__lte=timezone.now())


class Delivery(TenantModel):
    """A message for one endpoint. `message_id` is the change's id and goes with every attempt.

    `next_at` is when it is due; while it is under way, when it is thought lost.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Delivered")
        FAILED = "failed", _("Given up")

    class Problem(models.TextChoices):
        ADDRESS = "address", _("The address is none that is sent to")
        NAME = "name", _("The name of the machine is not known")
        TIME = "time", _("No whole answer within 5 seconds")
        SECURITY = "security", _("No secure connection: look at the certificate")
        CONNECTION = "connection", _("No connection, or no answer in HTTP")
        REDIRECT = "redirect", _("It leads elsewhere, which is not followed")

    endpoint = TenantForeignKey(Endpoint, models.CASCADE, related_name="deliveries", db_index=False)
    message_id = models.UUIDField()
    kind = models.CharField(max_length=40)
    subject_id = models.UUIDField(null=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    status_code = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=10, choices=Problem.choices, blank=True)
    answer = EncryptedText(null=True)
    attempted_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager.from_queryset(DeliveryQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "endpoint", "message_id"], name="delivery_message")]
        indexes = [
            models.Index(
                fields=["tenant", "endpoint", "next_at"], name="delivery_due", condition=models.Q(state="waiting")
            ),
            models.Index(fields=["tenant", "endpoint", "-created_at", "-id"], name="delivery_by_age"),
            models.Index(fields=["tenant", "created_at"], name="delivery_old"),
        ]

    class Privacy:
        fields = {
            **erase("a stranger's answer", "answer"),
            **keep(
                "that something was sent; ids only",
                "endpoint", "message_id", "kind", "subject_id", "at", "state", "attempts", "next_at", "status_code",
                "problem", "attempted_at", "created_at",
            ),
        }  # fmt: skip
