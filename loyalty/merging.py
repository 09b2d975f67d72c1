"""Points when customers are merged and parted: they go over by entries on both sides, lots keep their expiry.

What a merge has taken from an account and not given back stands in the account's own entries, whose requests are named
after the member (`merge:<member>:…`). An undone merge gives of it what has not expired meanwhile; who had the points
gives them from those that came with the merge, then from others, and owes the rest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from customers.registry import Hop, Parting
from loyalty import ledger, lots, rules, telling
from loyalty.ledger import Cause, Movement
from loyalty.lots import Portion
from loyalty.models import Account, Entry, Lot
from tenancy.database.bulk import fetch
from tenancy.models import Membership, Tenant

MERGE = Entry.Kind.MERGE


class Outstanding(NamedTuple):
    """What a merge has taken and not given back: points by their expiry, and a debt."""

    portions: list[Portion]
    debt: int


def follow(hops: Sequence[Hop], *, by: Membership | None) -> None:
    """The absorbed customers' balances and debts go to their survivors, who are held."""
    with_points = _having([hop.customer_id for hop in hops])
    cause = Cause(by)
    for hop in hops:
        if hop.customer_id in with_points:
            _go_over(hop, "", cause)


def follow_back(parting: Parting, *, by: Membership | None) -> None:
    """Each member gets back what is outstanding, hop by hop from who has it now."""
    cause = Cause(by)
    for hop in parting.hops:
        left = outstanding(hop, at=cause.at)
        if left.portions or left.debt:
            _bring_down(parting.chain, left.portions, hop, cause)
            _give_back(hop, left, f":{hop.member_id}", cause)
            for upper in parting.chain:
                _go_over(upper, f":{hop.member_id}", cause)


def outstanding(hop: Hop, *, at: datetime) -> Outstanding:
    """What the hop's merge has taken from its customer; without points whose time has come by `at`."""
    entries = _entries(hop, hop.customer_id)
    taken: Counter = Counter()
    for portion in lots.used_by(one.id for one in entries if one.points < 0):
        taken[portion.expires_at] += portion.points
    came = Lot.objects.filter(entry__in=[one for one in entries if one.points > 0])
    for points, expires_at in came.values_list("points", "expires_at"):
        taken[expires_at] -= points
    portions = [
        Portion(points, expires_at) for expires_at, points in taken.items() if points > 0 and _lives(expires_at, at)
    ]
    return Outstanding(sorted(portions, key=_expiry), -sum(one.debt for one in entries))


def _entries(hop: Hop, customer_id: UUID) -> list[Entry]:
    """The account's entries by this member. A range, since a pattern could use no index behind the wall."""
    name = f"merge:{hop.member_id}"
    rows = Entry.objects.filter(request_id__gte=f"{name}:", request_id__lt=f"{name};", account_id=customer_id)
    return list(rows.order_by("id"))


def _arrivals(hop: Hop) -> list[Entry]:
    """The entries by which the customer's points or debts came to whom it was merged into."""
    return [one for one in _entries(hop, hop.into_id) if one.request_id.startswith(f"merge:{hop.member_id}:in")]


def _go_over(hop: Hop, suffix: str, cause: Cause) -> None:
    """All that the hop's customer has goes up. `suffix` tells several times apart."""
    lower = ledger.current(hop.customer_id, at=cause.at)
    if not lower.balance and not lower.debt:
        return
    out, come = f"merge:{hop.member_id}:out{suffix}", f"merge:{hop.member_id}:in{suffix}"
    if lower.balance:
        away = Movement(MERGE, -lower.balance, out)
        _move(lower, away, cause)
        portions = lots.used_by([away.id])
        here = Movement(MERGE, sum(portion.points for portion in portions), come, portions)
    else:
        here = Movement(MERGE, 0, come, owes=lower.debt)
        _move(lower, Movement(MERGE, 0, out, owes=-lower.debt), cause)
    _move(ledger.current(hop.into_id, at=cause.at), here, cause)


def _bring_down(chain: Sequence[Hop], portions: Sequence[Portion], member: Hop, cause: Cause) -> None:
    """What is to be given back, as far as each standing merge above has taken just that: so each stays right."""
    for hop in reversed(chain):
        shared = _shared(portions, outstanding(hop, at=cause.at).portions)
        if shared:
            _hand(hop, shared, f":{member.member_id}", cause)


def _give_back(hop: Hop, left: Outstanding, suffix: str, cause: Cause) -> None:
    if left.portions:
        _hand(hop, left.portions, suffix, cause)
    if left.debt > 0:
        paid = lots.used_by(one.id for one in _arrivals(hop))
        _move(
            ledger.current(hop.customer_id, at=cause.at),
            Movement(MERGE, 0, f"merge:{hop.member_id}:owed{suffix}", owes=left.debt),
            cause,
        )
        _repay(hop.into_id, left.debt, paid, f"merge:{hop.member_id}:repaid{suffix}", cause)


def _hand(hop: Hop, portions: Sequence[Portion], suffix: str, cause: Cause) -> None:
    """The portions go down, from what came with the merge first."""
    came = [one.id for one in _arrivals(hop)]
    _pass(hop.into_id, hop.customer_id, portions, f"merge:{hop.member_id}:", suffix, cause, first_of=came)


def _pass(
    giver: UUID,
    taker: UUID,
    portions: Sequence[Portion],
    key: str,
    suffix: str,
    cause: Cause,
    *,
    first_of: Sequence[UUID] = (),
) -> None:
    points = sum(portion.points for portion in portions)
    given = Movement(MERGE, 0, f"{key}give{suffix}", owes=points, first_of=first_of)
    _move(ledger.current(giver, at=cause.at), given, cause)
    _move(ledger.current(taker, at=cause.at), Movement(MERGE, points, f"{key}back{suffix}", portions), cause)


def _repay(customer_id: UUID, points: int, paid: Sequence[Portion], key: str, cause: Cause) -> None:
    """`points` come back to whom they were demanded of: those that were taken by their old expiry, and none that would
    have expired since; the rest as if earned now."""
    lost = sum(portion.points for portion in paid if not _lives(portion.expires_at, cause.at))
    living = [portion for portion in paid if _lives(portion.expires_at, cause.at)]
    living = lots.cut(living, after=0, points=points, at=cause.at)
    points = max(0, points - lost)
    now = ledger.current(customer_id, at=cause.at)
    rest = points - sum(portion.points for portion in living)
    if rest > 0:
        living = [*living, Portion(rest, _new_expiry(now, cause.at))]
    if points:
        _move(now, Movement(MERGE, points, key, living), cause)


def _new_expiry(now, at: datetime) -> datetime | None:
    return rules.expiry(at, now.version, Tenant.objects.get().zone) if now.version else None


def _move(now, movement: Movement, cause: Cause) -> None:
    ledger.move(now, [movement], cause)
    telling.moved(list(Entry.objects.filter(id=movement.id)), by=cause.by)


def _shared(wanted: Iterable[Portion], there: Iterable[Portion]) -> list[Portion]:
    """What both have, by expiry."""
    have = {portion.expires_at: portion.points for portion in there}
    found = [Portion(min(one.points, have.get(one.expires_at, 0)), one.expires_at) for one in wanted]
    return [portion for portion in found if portion.points]


def _lives(expires_at: datetime | None, at: datetime) -> bool:
    return expires_at is None or expires_at > at


def _expiry(portion: Portion) -> datetime:
    return portion.expires_at or lots.NEVER


def _having(customer_ids: Sequence[UUID]) -> set[UUID]:
    rows = fetch(
        "SELECT customer_id FROM loyalty_account WHERE customer_id = ANY(%s) AND (balance > 0 OR debt > 0)",
        [list(customer_ids)],
    )
    return {id for (id,) in rows}


def later(window: Mapping[UUID, UUID]) -> list[UUID]:
    """Points that were moved since a merge, but for those that merges have moved and those that expired."""
    rows = Entry.objects.filter(account_id__in=list(window), id__gt=min(window.values()))
    rows = rows.exclude(kind__in=[MERGE, Entry.Kind.EXPIRE]).order_by("id")
    return [id for id, account_id in rows.values_list("id", "account_id") if id > window[account_id]]


def holder(entry_id: UUID) -> UUID:
    return Entry.objects.values_list("account_id", flat=True).get(id=entry_id)


def assign(entry_id: UUID, former: UUID, to: UUID, *, key: str, by: Membership | None) -> None:
    """What the entry has moved at `former` is `to`'s: granted points go over, demanded ones are demanded of `to`."""
    cause = Cause(by)
    entry = Entry.objects.get(id=entry_id)
    if entry.nominal > 0:
        lots_of = Lot.objects.filter(entry=entry).values_list("points", "expires_at")
        portions = [Portion(*lot) for lot in lots_of]
        lost = sum(portion.points for portion in portions if not _lives(portion.expires_at, cause.at))
        living = [portion for portion in portions if _lives(portion.expires_at, cause.at)]
        if rest := entry.nominal - lost - sum(portion.points for portion in living):
            living.append(Portion(rest, _new_expiry(ledger.current(former, at=cause.at), cause.at)))
        if living:
            _pass(former, to, living, f"{key}:", "", cause, first_of=[entry.id])
    elif entry.nominal < 0:
        _move(ledger.current(to, at=cause.at), Movement(MERGE, 0, f"{key}:owed", owes=-entry.nominal), cause)
        _repay(former, -entry.nominal, lots.used_by([entry.id]), f"{key}:repaid", cause)


def counted(customer_ids: Sequence[UUID]) -> list[tuple[str, dict[UUID, int]]]:
    """For the preview of a merge."""
    rows = Account.objects.filter(customer_id__in=list(customer_ids)).values_list("customer_id", "balance", "debt")
    rows = list(rows)
    return [
        (_("Points"), {id: balance for id, balance, _debt in rows}),
        (_("Points owed"), {id: debt for id, _balance, debt in rows}),
    ]
