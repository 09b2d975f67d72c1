"""Addresses for people without a login: a receipt, a survey. Each carries a seal that only we can make."""

import base64
import hmac
from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.urls import reverse

from tenancy import encryption
from tenancy.models import Tenant


def seal(purpose: str, subject_id: UUID) -> str:
    """22 characters fit for an address, by the entered tenant's key; it opens this subject for this purpose alone."""
    digest = encryption.blind_index(f"{purpose}:{subject_id}", purpose="link")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def address(name: str, purpose: str, subject_id: UUID, *, tenant: Tenant) -> str:
    """The whole address of the public page `name`, for mails and QR codes."""
    path = reverse(name, kwargs={"tenant": tenant.slug, "subject_id": subject_id, "seal": seal(purpose, subject_id)})
    return settings.PUBLIC_URL + path


def sealed(purpose: str) -> Callable:
    """A public page below /p/<slug>/, its view called with `subject_id`; a wrong seal is a 404 like an absent row."""

    def decorate(view):
        @wraps(view)
        def checked(request, subject_id: UUID, seal: str):
            if not hmac.compare_digest(seal.encode(), _expected(purpose, subject_id)):
                raise Http404
            return view(request, subject_id)

        checked.public = purpose
        return checked

    return decorate


def _expected(purpose: str, subject_id: UUID) -> bytes:
    return seal(purpose, subject_id).encode()
