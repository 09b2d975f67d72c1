"""Pairs that may be one person, as matching would find them, made directly."""

from decimal import Decimal
from math import log2
from typing import Any
from uuid import UUID, uuid4

from customers import identities, merging
from customers.duplicates import bulk
from customers.matching import decisions, fields, records
from customers.matching.model import UNSAID
from customers.models import Customer, LaterRow, Match, MatchModel, Merge, Source, SourceRecord
from interactions import timeline
from tenancy.models import Job, Membership

BITS = {
    "name": {"same": 7.5, "different": -6.0},
    "phone": {"same": 13.0, "one_digit": 6.0, "different": -1.5},
    "gender": {"same": 0.9, "different": -3.0},
}
ALIKE = {"name": "same", "phone": "one_digit", "gender": "same"}
SURE = {**ALIKE, "phone": "same"}
PRIOR, HOUSEHOLD = -14.0, -0.1


def a_model(**values) -> MatchModel:
    """The company's active model."""
    told = [
        {
            "key": field.key,
            "levels": [
                {"key": one.key, "m": one.m, "h": one.h, "u": 1.0 if one.frequent else 0.05, "bits": log2(one.m / 0.05)}
                for one in field.levels
            ],
        }
        for field in fields.FIELDS
    ]
    weights = {"fields": told, "prior_bits": PRIOR, "household_bits": -10.0, "bars": {"review": 0.0, "auto": 11.0}}
    found = MatchModel.objects.filter(is_active=True).first()
    return found or MatchModel.objects.create(
        number=1, origin=MatchModel.Origin.PRIOR, weights=weights, is_active=True, **values
    )


def a_customer(reference: str, *, source: str = "pos", **content) -> Customer:
    """A customer whom one source knows."""
    sources, _made = Source.objects.get_or_create(key=source)
    known = identities.record([identities.Person(reference, content)], source=sources)
    return Customer.objects.get(id=known[reference].customer_id)


def a_match(
    one: Customer, other: Customer, *, agree=ALIKE, stake="0", vetoes=(), state=Match.State.OPEN, **values
) -> Match:
    """The records of two customers that agree so; of other fields than name, phone and gender nothing is said."""
    left, right = sorted([record_of(one), record_of(other)], key=lambda record: record.id)
    levels = [
        [level.key for level in field.levels].index(agree[field.key]) if field.key in agree else UNSAID
        for field in fields.FIELDS
    ]
    said = [BITS[field.key][agree[field.key]] if field.key in agree else 0.0 for field in fields.FIELDS]
    weights = [PRIOR, *said, HOUSEHOLD]
    return Match.objects.create(
        left=left, right=right, model=a_model(), levels=levels, weights=weights, bits=sum(weights),
        stake=Decimal(stake), vetoes=list(vetoes), state=state, **values,
    )  # fmt: skip


def record_of(customer: Customer) -> SourceRecord:
    return customer.records.order_by("created_at", "id").first()


def a_pair(place: int = 0, **values) -> Match:
    """Two customers that differ in one digit of the phone."""
    one = a_customer(f"A{place}", name=f"张伟{place}", phone=f"138123456{place:02d}", gender="m")
    other = a_customer(f"B{place}", source="shop", name=f"张伟{place}", phone=f"138123457{place:02d}", gender="m")
    return a_match(one, other, **{"stake": str(1000 - place), **values})


def everything(member: Membership | None, beside: Customer) -> dict[str, Any]:
    """An open pair, a decided one, a merge, one that was undone with a row that waits, and somebody to merge
    `beside` with, all of the same store."""

    def somebody(name: str) -> Customer:
        one = a_customer(f"{name}-{uuid4()}", name=name)
        Customer.objects.filter(id=one.id).update(store=beside.store_id)
        return Customer.objects.get(id=one.id)

    records.prepare(records.stale_lately(most=100))
    match = a_match(beside, somebody("周一"), vetoes=["given_name"], stake="12.50")
    decided = a_match(beside, somebody("周二"))
    decisions.decide(decided, Match.State.DIFFERENT, by=member)
    by_hand = {"origin": Merge.Origin.HAND, "by": member}
    merge = merging.merge(somebody("周三"), [somebody("周三三")], **by_hand)
    unmerged, later = taken_apart(somebody("周四"), somebody("周四四"), by=member)
    return {
        "match": match, "decided": decided, "merge": merge, "unmerged": unmerged, "later": later,
        "twin": somebody("周五"),
        "bulk": Job.objects.create(
            kind=bulk.DO, title="many", created_by=member, arguments={"bits": 11, "pairs": 0}, state=Job.State.DONE
        ),
    }  # fmt: skip


def ids_of(told: dict[str, Any]) -> dict[str, UUID]:
    """Of `everything` the ids that URLs carry."""
    return {
        "match_id": told["match"].id,
        "merge_id": told["merge"].id,
        "model_id": MatchModel.objects.first().id,
        "bulk_id": told["bulk"].id,
    }


def taken_apart(one: Customer, other: Customer, *, by: Membership | None) -> tuple[Merge, LaterRow]:
    """A merge that was undone after a note was written to the one that stayed: nobody has said yet whose it is."""
    merge = merging.merge(one, [other], origin=Merge.Origin.HAND, by=by)
    timeline.record(one, timeline.NOTE_ADDED, text="想要蓝色", by=by)
    merging.unmerge(merge, by=by)
    return merge, merge.later_rows.get()
