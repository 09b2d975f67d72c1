"""What a person agreed to: given and withdrawn, row by row; the newest row of a purpose and channel holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from customers.models import Customer
from interactions import timeline
from privacy import policies
from privacy.models import Channel, Consent, How, PolicyVersion, Purpose
from tenancy import audit
from tenancy.models import Membership

GIVEN, WITHDRAWN = "consent.given", "consent.withdrawn"


def current_policy() -> PolicyVersion | None:
    """The wording in force; None where the company has published none yet."""
    return policies.current()


def give(
    customer: Customer,
    *,
    purposes: Iterable[Purpose],
    channel: Channel,
    how: How,
    by: Membership | None,
    version: PolicyVersion | None = None,
    at: datetime | None = None,
) -> list[Consent]:
    """The customer agrees to the purposes over the channel; the rows that were written.

    `version` is the wording they saw, without one the newest. What they agreed to before, in the same wording,
    is not written again.
    """
    version = version or policies.begin()
    before = {(row.purpose, row.channel): row for row in current(customer)}

    def is_news(purpose: Purpose) -> bool:
        row = before.get((purpose, channel))
        return row is None or not row.given or row.version_id != version.id

    news = [purpose for purpose in dict.fromkeys(map(Purpose, purposes)) if is_news(purpose)]
    return _write(customer, news, Channel(channel), version, given=True, how=how, by=by, at=at)


def withdraw(
    customer: Customer,
    *,
    purposes: Iterable[Purpose],
    channel: Channel,
    how: How,
    by: Membership | None,
    at: datetime | None = None,
) -> list[Consent]:
    """The customer no longer agrees; the rows that were written. What they never agreed to needs none."""
    before = {(row.purpose, row.channel): row for row in current(customer) if row.given}
    held = [purpose for purpose in dict.fromkeys(map(Purpose, purposes)) if (purpose, channel) in before]
    if not held:
        return []
    version = before[held[0], channel].version
    return _write(customer, held, Channel(channel), version, given=False, how=how, by=by, at=at)


def withdraw_all(customer: Customer, *, how: How, by: Membership | None) -> None:
    for channel in {row.channel for row in current(customer) if row.given}:
        withdraw(customer, purposes=Purpose, channel=Channel(channel), how=how, by=by)


def holds(customer: Customer, purpose: Purpose, channel: Channel) -> bool:
    """Whether the customer agrees to it at the moment."""
    newest = Consent.objects.filter(customer=customer, purpose=purpose, channel=channel).order_by("-at", "-id").first()
    return newest is not None and newest.given


def holders(queryset: QuerySet[Customer], purpose: Purpose, channel: Channel) -> QuerySet[Customer]:
    """Those of the customers who agree to it at the moment."""
    newest = Consent.objects.filter(customer=OuterRef("pk"), purpose=purpose, channel=channel).order_by("-at", "-id")
    return queryset.alias(agreed=Subquery(newest.values("given")[:1])).filter(agreed=True)


def current(customer: Customer) -> list[Consent]:
    """The newest row of each purpose and channel that the customer ever said something about."""
    return list(
        Consent.objects.filter(customer=customer)
        .order_by("purpose", "channel", "-at", "-id")
        .distinct("purpose", "channel")
        .select_related("version")
    )


@dataclass(frozen=True)
class Standing:
    """One cell of the customer's page."""

    purpose: Purpose
    channel: Channel
    newest: Consent | None

    @property
    def holds(self) -> bool:
        return self.newest is not None and self.newest.given


def standing(customer: Customer) -> list[tuple[Channel, list[Standing]]]:
    """Channel by channel, what holds for each purpose."""
    newest = {(row.purpose, row.channel): row for row in current(customer)}
    return [
        (channel, [Standing(purpose, channel, newest.get((purpose, channel))) for purpose in Purpose])
        for channel in Channel
    ]


def _write(customer, purposes, channel, version, *, given, how, by, at) -> list[Consent]:
    if not purposes:
        return []
    at = at or timezone.now()
    rows = Consent.objects.bulk_create(
        [
            Consent(customer=customer, purpose=purpose, channel=channel, version=version, given=given,
                    at=at, how=How(how), by=by)
            for purpose in purposes
        ]
    )  # fmt: skip
    facts = {"purposes": [str(one) for one in purposes], "policy": version.number, "how": str(how)}
    kind = GIVEN if given else WITHDRAWN
    timeline.record(customer, kind, at=at, by=by, channel=str(channel), facts=facts)
    audit.record(kind, customer, by=by, changes={**facts, "channel": str(channel)})
    return rows
