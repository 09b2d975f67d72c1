"""The mail that asks somebody into a company. Who has no account gets a link to set a password."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.encoding import force_bytes
from django.utils.http import base36_to_int, urlsafe_base64_encode
from django.utils.translation import override

from tenancy import audit, context, sending
from tenancy.models import Membership

VALID = timedelta(days=3)


class InvitationTokens(PasswordResetTokenGenerator):
    """Django's tokens to set a password, valid for three days: a new colleague need not sit before the mailbox.

    They die with the first password, like those of a forgotten one.
    """

    key_salt = "tenancy.invitations"

    def check_token(self, user, token):
        try:
            stamp = base36_to_int((token or "").split("-")[0])
        except ValueError:
            return False
        if user is None or self._num_seconds(self._now()) - stamp > VALID.total_seconds():
            return False
        return not user.has_usable_password() and self._is_ours(user, stamp, token)

    def _is_ours(self, user, stamp: int, token: str) -> bool:
        secrets = [self.secret, *self.secret_fallbacks]
        return any(constant_time_compare(self._make_token_with_timestamp(user, stamp, key), token) for key in secrets)


tokens = InvitationTokens()


def send(member: Membership, *, by: Membership) -> None:
    """The mail goes out after the transaction. The member's `invitation` then says whether it did."""
    tenant_id, member_id = member.tenant_id, member.id
    inviter = str(by)
    audit.record("membership.invited", member, by=by)
    transaction.on_commit(lambda: deliver(tenant_id, member_id, inviter=inviter))


def deliver(tenant_id: UUID, member_id: UUID, *, inviter: str) -> None:
    """Write and send the mail, in the reader's language. Where that fails, the invitation stands and says so."""
    with context.entered(tenant_id):
        mail = _written(Membership.objects.select_related("user", "tenant").get(id=member_id), inviter)
    try:
        mail.send()
        state = Membership.Invitation.SENT
    except (OSError, sending.Paused):
        state = Membership.Invitation.FAILED
    with context.entered(tenant_id):
        Membership.objects.filter(id=member_id).update(invitation=state)


def _written(member: Membership, inviter: str) -> EmailMessage:
    told = {"member": member, "inviter": inviter, "company": member.tenant.name, "address": address(member)}
    with override(member.user.language):
        subject = " ".join(render_to_string("settings/invitation_subject.txt", told).split())
        return EmailMessage(subject, render_to_string("settings/invitation_email.txt", told), to=[member.user.email])


def address(member: Membership) -> str:
    """Where the mail leads: to a first password, or into the company."""
    if member.user.has_usable_password():
        return settings.PUBLIC_URL + reverse("home", kwargs={"tenant": member.tenant.slug})
    uid = urlsafe_base64_encode(force_bytes(member.user.pk))
    return settings.PUBLIC_URL + reverse("invitation", kwargs={"uidb64": uid, "token": tokens.make_token(member.user)})
