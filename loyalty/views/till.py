"""The clerk's screen: one form, which every press sends whole; the server answers with the form as it stands then."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib.uuids import uuid7
from customers.models import Customer
from loyalty import basket, checkout, codes, drafts, enrolling, finding, ledger, quoting, standing
from loyalty.drafts import Draft
from loyalty.forms import EnrolForm
from loyalty.models import Receipt, Return
from loyalty.standing import Standing
from loyalty.views import offers
from sales import catalogue
from sales.placing import TILL
from segmentation import people
from tenancy import audit
from tenancy.access import requires
from tenancy.addresses import reverse_in
from tenancy.parts import render_part
from tenancy.permissions import Permission

RECEIPT = re.compile(r"/receipts/([0-9a-f-]{36})/")
NUMBER = re.compile(r"T[A-Z2-7]{16}", re.IGNORECASE)
NOBODY = gettext_lazy("Nobody fits. Check the number, or enrol a new member.")


@dataclass
class Screen:
    """What stands on the screen beside the draft: who was found, what was wrong, where the cursor goes."""

    draft: Draft
    found: list[finding.Candidate] = field(default_factory=list)
    query: str = ""
    goods: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    quote: quoting.Quote | None = None
    enrol: EnrolForm | None = None
    enrol_key: UUID | None = None
    sold: Receipt | None = None
    code_sent: str = ""
    focus: str = ""


@requires(Permission.TILL_USE)
def till(request: HttpRequest) -> HttpResponse:
    """The screen. A press names what it does in `do`, as `find`, `choose:<id>`, `points:500`, `confirm`."""
    if request.method != "POST":
        return _render(request, Screen(drafts.read(request.GET)))
    screen = Screen(drafts.read(request.POST))
    action, _colon, argument = (request.POST.get("do") or "enter").partition(":")
    answer = ACTIONS.get(action, _enter)(request, screen, argument)
    return answer or _render(request, screen)


def _enter(request: HttpRequest, screen: Screen, argument: str) -> HttpResponse | None:
    """Enter, or a scanner: what was typed decides what is meant."""
    query = request.POST.get("query", "").strip()
    if query and query != request.POST.get("asked", ""):
        return _find(request, screen, argument)
    if request.POST.get("goods", "").strip():
        return _add(request, screen, argument)
    if "new_phone" in request.POST:
        return _enrol(request, screen, argument)
    if screen.draft.rows:
        screen.focus = "goods"
    return None


def _find(request: HttpRequest, screen: Screen, argument: str) -> HttpResponse | None:
    screen.query = query = request.POST.get("query", "").strip()[:200]
    if receipt_id := _receipt_of(query):
        return _go(request, reverse_in(request, "till:receipt", receipt_id=receipt_id))
    if query and catalogue.find([query]):
        screen.query = ""
        screen.draft.add(query)
        return None
    screen.found = finding.find(query, region=request.tenant.region, by=request.member)
    if len(screen.found) == 1 and screen.found[0].is_exact:
        return _choose(request, screen, str(screen.found[0].id))
    if not screen.found:
        screen.errors["query"] = str(NOBODY)
        if request.member.can(Permission.CONSENTS_EDIT):
            _new_member(request, screen, argument)
    return None


def _receipt_of(typed: str) -> UUID | None:
    """The receipt whose QR code or number was scanned."""
    if told := RECEIPT.search(typed):
        return drafts.identity(told[1])
    if NUMBER.fullmatch(typed):
        numbered = Receipt.objects.filter(order__number=typed.upper(), order__source__key=TILL)
        return numbered.values_list("id", flat=True).first()
    return None


def _choose(request: HttpRequest, screen: Screen, argument: str) -> None:
    screen.draft.customer_id = drafts.identity(argument)
    if customer := Customer.objects.unmerged().filter(id=screen.draft.customer_id, erased_at=None).first():
        audit.record("customer.chosen", customer, by=request.member)
    screen.draft.points, screen.found, screen.query = 0, [], ""
    screen.focus = "goods"


def _forget(request: HttpRequest, screen: Screen, argument: str) -> None:
    screen.draft.customer_id, screen.draft.points = None, 0
    screen.focus = "query"


def _add(request: HttpRequest, screen: Screen, argument: str) -> HttpResponse | None:
    """Goods; a receipt or the card of somebody, scanned into the wrong field, is taken for what it is."""
    screen.focus = "goods"
    typed = request.POST.get("goods", "").strip()[:200]
    if receipt_id := _receipt_of(typed):
        return _go(request, reverse_in(request, "till:receipt", receipt_id=receipt_id))
    try:
        screen.draft.add(typed[:80])
    except basket.BadBasket as problem:
        found = [] if screen.draft.customer_id else _exactly(request, typed)
        if found:
            _choose(request, screen, str(found[0].id))
        else:
            screen.goods, screen.errors["goods"] = typed, str(problem)
    return None


def _take(request: HttpRequest, screen: Screen, argument: str) -> None:
    """A product that was suggested."""
    screen.focus = "goods"
    if catalogue.find([argument[:80]]):
        try:
            screen.draft.add(argument[:80])
        except basket.BadBasket as problem:
            screen.errors["goods"] = str(problem)


def _exactly(request: HttpRequest, typed: str) -> list[finding.Candidate]:
    if not any(character.isdigit() for character in typed):
        return []
    return [one for one in finding.find(typed, region=request.tenant.region, by=request.member) if one.is_exact]


def _remove(request: HttpRequest, screen: Screen, argument: str) -> None:
    screen.focus = "goods"
    if argument.isascii() and argument.isdigit() and int(argument) < len(screen.draft.rows):
        del screen.draft.rows[int(argument)]


def _points(request: HttpRequest, screen: Screen, argument: str) -> None:
    screen.draft.points = drafts.whole(argument)
    screen.focus = "confirm"


def _send_code(request: HttpRequest, screen: Screen, argument: str) -> None:
    screen.focus = "code"
    try:
        customer = checkout.known(screen.draft.customer_id)
        screen.code_sent = codes.send(customer, points=screen.draft.points, by=request.member)
    except (checkout.UnknownCustomer, codes.NoWay, codes.TooSoon) as problem:
        screen.errors["code"] = str(problem)


def _new_member(request: HttpRequest, screen: Screen, argument: str) -> None:
    screen.query = screen.query or request.POST.get("query", "").strip()[:200]
    screen.enrol = EnrolForm(region=request.tenant.region, initial=EnrolForm.initial_of(screen.query))
    screen.enrol_key, screen.focus = uuid7(), "enrol"


def _enrol(request: HttpRequest, screen: Screen, argument: str) -> None:
    """The key of the enrolment makes a repeated press one member; the next one gets a key of their own."""
    if not request.member.can(Permission.CONSENTS_EDIT):
        raise PermissionDenied(str(Permission.CONSENTS_EDIT.label))
    screen.query = request.POST.get("asked", "")[:200]
    screen.enrol = form = EnrolForm(request.POST, region=request.tenant.region)
    screen.enrol_key, screen.focus = drafts.identity(request.POST.get("enrol_key", "")) or uuid7(), "enrol"
    if form.is_valid():
        customer = enrolling.enrol(key=screen.enrol_key, store=request.member.store, by=request.member, **form.told)
        screen.enrol = None
        _choose(request, screen, str(customer.id))


def _confirm(request: HttpRequest, screen: Screen, argument: str) -> HttpResponse | None:
    code = request.POST.get("code", "").strip()[:6]
    try:
        purchase = screen.draft.purchase(store_id=request.member.store_id, code=code)
        with transaction.atomic():  # what is refused leaves nothing
            receipt = checkout.confirm(purchase, tenant=request.tenant, by=request.member).receipt
    except basket.BadBasket as problem:
        _refused(screen, problem)
    except quoting.PointsUnfit as problem:
        screen.errors["points"] = str(problem)
    except (checkout.CodeNeeded, codes.WrongCode) as problem:
        screen.errors["code"], screen.focus = str(problem), "code"
    except checkout.KeyReused:
        screen.sold = Receipt.objects.get(key=screen.draft.key)
        screen.errors["confirm"] = _("This was sold already, before it was changed here. Nothing was sold twice.")
    except (checkout.UnknownCustomer, ledger.NotEnoughPoints, ledger.TooManyPoints) as problem:
        screen.errors["confirm"] = str(problem)
    else:
        return _go(request, reverse_in(request, "till:receipt", receipt_id=receipt.id) + "?new")
    return None


ACTIONS = {
    "add": _add,
    "choose": _choose,
    "code": _send_code,
    "confirm": _confirm,
    "enrol": _enrol,
    "enter": _enter,
    "find": _find,
    "forget": _forget,
    "new": _new_member,
    "points": _points,
    "remove": _remove,
    "take": _take,
}


def _refused(screen: Screen, problem: basket.BadBasket) -> None:
    if problem.line is None or problem.line >= len(screen.draft.rows):
        screen.errors["goods"] = str(problem)
    else:
        screen.draft.rows[problem.line].error = str(problem)


def _go(request: HttpRequest, address: str) -> HttpResponse:
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _render(request: HttpRequest, screen: Screen) -> HttpResponse:
    draft = screen.draft
    standing_by_themselves = Customer.objects.unmerged().filter(erased_at=None)
    customer = standing_by_themselves.filter(id=draft.customer_id).first() if draft.customer_id else None
    draft.customer_id = customer and customer.id
    now = standing.read(draft.customer_id)
    draft.take_prices()
    screen.quote = _quote(request, screen, now) if draft.rows else None
    screen.focus = screen.focus or ("goods" if customer else "query")
    if screen.enrol and screen.focus == "enrol":
        screen.enrol.begin_at_first_gap()
    context = {
        "screen": screen,
        "draft": draft,
        "customer": customer,
        "now": now,
        "figures": people.figures([customer], tenant=request.tenant)[customer.id] if customer else None,
        "exchange": Return.objects.select_related("receipt__order").filter(id=draft.exchange_id).first(),
        "rows": list(zip(draft.rows, _grosses(screen), strict=True)),
        "offers_query": _offers_query(draft),
    }
    return render_part(request, context, part="loyalty/_till.html", page="loyalty/till.html")


def _offers_query(draft: Draft) -> str:
    """What the suggestions below the basket are asked for by; empty where there is nothing to go by."""
    goods = list(dict.fromkeys(row.product for row in draft.rows if row.product))[-offers.MOST_GOODS :]
    customer = {"customer": str(draft.customer_id)} if draft.customer_id else {}
    return urlencode({**customer, "product": goods}, doseq=True) if goods or customer else ""


def _quote(request: HttpRequest, screen: Screen, now: Standing) -> quoting.Quote | None:
    """What it comes to; where the points no longer fit they are taken off and the screen says why."""
    try:
        items = basket.read(screen.draft.purchase(store_id=request.member.store_id).lines)
    except basket.BadBasket as problem:
        _refused(screen, problem)
        return None
    try:
        return quoting.quote(items, now, points=screen.draft.points)
    except quoting.PointsUnfit as problem:
        screen.errors["points"] = str(problem)
        screen.draft.points = 0
        return quoting.quote(items, now)


def _grosses(screen: Screen) -> list:
    return [item.gross for item in screen.quote.items] if screen.quote else [None] * len(screen.draft.rows)
