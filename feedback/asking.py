"""Asking a customer how it was: by the link on the receipt, or by one of their own."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.uuids import uuid7
from customers.models import Customer
from feedback import kinds, reaching, surveys
from feedback.models import Invitation, Survey
from interactions import channels, timeline
from sales.models import Order
from tenancy import audit, links, sending
from tenancy.models import Membership, Tenant

OF_ORDER, OF_INVITATION = "survey-order", "survey-invitation"


class NotAgreed(reaching.NoWay):
    """The customer has no such address, or did not agree to messages there."""


class NotSent(Exception):
    """The message did not leave; why, for the person who asked."""


def order_address(order: Order, *, tenant: Tenant) -> str:
    """The link for whoever holds the receipt; empty while the survey is off or where the order is too old for it."""
    survey = Survey.objects.first() or Survey()
    if not survey.is_active or order.at + survey.life < timezone.now():
        return ""
    return links.address("survey", OF_ORDER, order.id, tenant=tenant)


def invitation_address(invitation: Invitation, *, tenant: Tenant) -> str:
    return links.address("survey_invitation", OF_INVITATION, invitation.id, tenant=tenant)


class KeyUsed(Exception):
    """The key is another customer's."""


def invite(
    customer: Customer,
    *,
    by: Membership | None,
    tenant: Tenant,
    channel: str = Invitation.Channel.LINK,
    key: UUID | None = None,
) -> Invitation:
    """A link of the customer's own, shown to staff or sent at once; the same `key` again gives the first.

    Raises NotAgreed, NotSent where it did not leave (nothing stands then), and KeyUsed.
    """
    invitation = Invitation(id=key or uuid7(), customer=customer, channel=channel, by=by)
    try:
        with transaction.atomic():
            invitation.save(force_insert=True)  # a second press waits here for the first
            if channel != Invitation.Channel.LINK:
                _send(invitation, tenant)
    except IntegrityError as problem:
        standing = Invitation.objects.filter(id=key, customer=customer).first()
        if standing is None:
            raise KeyUsed(_("This form was used already. Load the page again.")) from problem
        return standing
    timeline.record(customer, kinds.ASKED, by=by, channel=str(invitation.get_channel_display()))
    audit.record("survey.asked", customer, by=by, changes={"channel": str(channel)})
    return invitation


def _send(invitation: Invitation, tenant: Tenant) -> None:
    to = reaching.agreed_ways(invitation.customer).get(invitation.channel)
    if to is None:
        raise NotAgreed(_("There is no such address, or the customer did not agree to service messages there."))
    text = f"{tenant.name}: {surveys.current().question} {invitation_address(invitation, tenant=tenant)}"
    try:
        channels.send(invitation.channel, to, text, subject=tenant.name)
    except (channels.Undeliverable, sending.Paused) as problem:
        raise NotSent(str(problem)) from problem
