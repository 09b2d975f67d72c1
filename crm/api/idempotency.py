"""Idempotency-Key: the first answer to a write is kept and given again to every repetition.

The claim is a row with a unique key, inserted in the request's own transaction: a twin that comes while
the first still runs waits at the insert, and then finds the first's answer, or the way free where it failed.
"""

import re
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg.errors import QueryCanceled
from rest_framework.exceptions import APIException, ParseError

from crm.api.bodies import TooLarge
from crm.api.problems import CONTENT_TYPE, Conflict, Unavailable, Unprocessable, problem
from privacy.persons import Known
from tenancy import context, encryption
from tenancy.database.bulk import fetch
from tenancy.models import IdempotentRequest

HEADER = "Idempotency-Key"
KEY = re.compile(r"[ -~]{1,255}")
KEPT = timedelta(hours=48)
WAIT_SECONDS = 10
PLACE = "tenancy.idempotentrequest.body"
READS = {"GET", "HEAD"}
NOT_KEPT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}


class KeyUnfit(ParseError):
    default_detail = _("Idempotency-Key has 1 to 255 printable ASCII characters.")
    default_code = "idempotency_key_unfit"


class KeyReused(Unprocessable):
    default_detail = _("This Idempotency-Key came with another request before.")
    default_code = "idempotency_key_reused"


class StillRunning(Conflict):
    default_detail = _("The first request with this Idempotency-Key is still running. Try again later.")
    default_code = "idempotency_key_in_use"
    wait = 1


class Idempotency:
    """Middleware, inside the tenant's. The view runs in a savepoint, which its 4xx rolls back: the answer is
    kept then and what the view wrote is not. Server errors and refusals for the moment are not kept."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if HEADER not in request.headers or request.token is None or not is_write(request):
            return self.get_response(request)
        try:
            kept = claim(request)
        except APIException as refusal:
            transaction.set_rollback(True)
            return problem(refusal)
        if kept is not None:
            return kept
        with transaction.atomic():
            response = self.get_response(request)
        if response.status_code >= 500 or response.status_code in NOT_KEPT:
            transaction.set_rollback(True)
        else:
            keep(request, response)
        return response


def is_write(request: HttpRequest) -> bool:
    """Whether the address takes this method, and does something then."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    permissions = getattr(getattr(view, "cls", None), "permissions", ())
    return request.method in permissions and request.method not in READS


def claim(request: HttpRequest) -> HttpResponse | None:
    """None where the key is now this request's; else the first answer.

    Waits up to ten seconds for a first that is running. Raises KeyUnfit, KeyReused, StillRunning, TooLarge.
    """
    key = request.headers[HEADER]
    if not KEY.fullmatch(key):
        raise KeyUnfit
    fingerprint = _fingerprint(request)
    if _won(request, key, fingerprint):
        return None
    first = IdempotentRequest.objects.filter(token=request.token, key=key).first()
    if first is None:  # forgotten a moment ago
        raise StillRunning
    if bytes(first.fingerprint) != fingerprint:
        raise KeyReused
    return HttpResponse(
        encryption.decrypt(bytes(first.body), place=PLACE),
        status=first.status,
        content_type="application/json" if first.status < 400 else CONTENT_TYPE,
        headers={"Idempotency-Replayed": "true", "Cache-Control": "no-store"},
    )


def _won(request: HttpRequest, key: str, fingerprint: bytes) -> bool:
    # All waiting counts, also where one first after another fails: so the statement's time, not the lock's.
    try:
        fetch(f"SET LOCAL statement_timeout = '{WAIT_SECONDS}s'")
        won = fetch(
            """INSERT INTO tenancy_idempotentrequest (id, tenant_id, token_id, key, fingerprint, created_at)
               VALUES (uuidv7(), %s, %s, %s, %s, now())
               ON CONFLICT (tenant_id, token_id, key) DO NOTHING RETURNING id""",
            [context.current_tenant_id(), request.token.id, key, fingerprint],
        )
        fetch("SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as problem:
        raise (StillRunning if isinstance(problem.__cause__, QueryCanceled) else Unavailable) from problem
    return bool(won)


def keep(request: HttpRequest, response: HttpResponse) -> None:
    IdempotentRequest.objects.filter(token=request.token, key=request.headers[HEADER]).update(
        status=response.status_code, body=encryption.encrypt(response.content, place=PLACE)
    )


def forget_old() -> int:
    """Answers older than two days go; the entered tenant's. Returns how many."""
    deleted, _by_model = IdempotentRequest.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return deleted


GONE = b'{"type":"about:blank","title":"Gone","status":410,"code":"erased"}'


def forget_person(known: Known) -> int:
    """Kept answers that speak of an erased person say 410 from now on: the write was done and is not done again."""
    count = 0
    for answer in IdempotentRequest.objects.exclude(body=None).iterator(chunk_size=1000):
        text = encryption.decrypt(bytes(answer.body), place=PLACE).decode(errors="replace")
        if known.is_in(text) or known.is_in(answer.key):
            answer.status, answer.body = HTTPStatus.GONE, encryption.encrypt(GONE, place=PLACE)
            answer.save(update_fields=["status", "body"])
            count += 1
    return count


def _fingerprint(request: HttpRequest) -> bytes:
    whole = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    try:
        whole.update(request.body)
    except RequestDataTooBig as problem:
        raise TooLarge from problem
    return whole.digest()
