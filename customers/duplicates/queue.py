"""The pairs to decide, by value at stake, and those that were decided."""

from dataclasses import dataclass

from django.db.models import F, Prefetch, Q, QuerySet

from customers import search
from customers.matching import decisions
from customers.models import Customer, Match, MatchModel
from tenancy.models import Membership, Tenant

BY_STAKE = ("-stake", "-bits", "id")
RECENT = ("-decided_at", "-id")
SHOWN = 12  # that follow, beside the one that is looked at
COUNTED = 1_000  # more are not counted: one sees that there are many
RELATED = ("left__customer", "left__source", "right__customer", "right__source")


@dataclass(frozen=True)
class Count:
    """How many there are, up to COUNTED; `is_more` where there are more than that."""

    number: int
    is_more: bool


def visible(member: Membership) -> QuerySet[Match]:
    """Every match, decided or not, of which the member sees both customers."""
    seen = Customer.objects.visible_to(member).values("id")
    return Match.objects.filter(left__customer__in=seen, right__customer__in=seen)


def whole(rows: QuerySet[Match]) -> QuerySet[Match]:
    """With records, customers, sources and model. Each is read by itself: one statement over all of these tables took
    the planner a hundred times as long as running it."""
    model = Prefetch("model", queryset=MatchModel.objects.defer("frequencies"))
    return rows.prefetch_related(*RELATED, model)


def to_decide(member: Membership) -> QuerySet[Match]:
    """The open pairs of two customers whom the member sees, the most valuable first."""
    rows = decisions.open_matches(member).filter(bits__isnull=False).exclude(left__customer=F("right__customer"))
    return rows.order_by(*BY_STAKE)


def narrowed(rows: QuerySet[Match], filters: dict, *, member: Membership, tenant: Tenant) -> QuerySet[Match]:
    """Those that fit `filters`, as QueueForm reads them."""
    if band := filters.get("band"):
        rows = _of_band(rows, band)
    if (bits := filters.get("bits")) is not None:
        rows = rows.filter(bits__gte=bits)
    if store := filters.get("store"):
        rows = rows.filter(Q(left__customer__store=store) | Q(right__customer__store=store))
    if owner := filters.get("owner"):
        rows = rows.filter(Q(left__customer__owner=owner) | Q(right__customer__owner=owner))
    if query := filters.get("q"):
        found = [match.id for match in search.matches(query, member=member, region=tenant.region)]
        rows = rows.filter(Q(left__customer__in=found) | Q(right__customer__in=found))
    return rows


def _of_band(rows: QuerySet[Match], band: str) -> QuerySet[Match]:
    if band == "vetoed":
        return rows.exclude(vetoes=[])
    auto = bars()["auto"]
    return rows.filter(bits__gte=auto) if band == "auto" else rows.filter(bits__lt=auto)


def bars() -> dict[str, float]:
    """From how many bits on pairs are shown ("review") and merged without being asked ("auto")."""
    model = MatchModel.objects.filter(is_active=True).only("weights").first()
    return {"review": 0.0, "auto": 11.0} | (model.weights.get("bars", {}) if model else {})


def following(rows: QuerySet[Match], match: Match, *, most: int = SHOWN) -> list[Match]:
    """The next ones after this pair."""
    after = Q(stake__lt=match.stake) | Q(stake=match.stake, bits__lt=match.bits)
    after |= Q(stake=match.stake, bits=match.bits, id__gt=match.id)
    return list(whole(rows.filter(Q(stake__lte=match.stake) & after))[:most])


def first(rows: QuerySet[Match]) -> Match | None:
    return whole(rows).first()


def count(rows: QuerySet[Match]) -> Count:
    number = rows.order_by()[: COUNTED + 1].count()
    return Count(min(number, COUNTED), number > COUNTED)


def decided(member: Membership) -> QuerySet[Match]:
    """What people have decided, the newest first."""
    rows = visible(member).filter(decided_at__isnull=False, decided_by__isnull=False)
    return whole(rows).prefetch_related("merge", "decided_by__user").order_by(*RECENT)


def between(customer: Customer, rows: QuerySet[Match]) -> QuerySet[Match]:
    """Of these the pairs of this customer."""
    return whole(rows.filter(Q(left__customer=customer) | Q(right__customer=customer)))
