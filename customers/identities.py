"""Whose record is this? Source records find their customer by their key or a strong identifier, or make one.

All of it works on sets and in the current transaction; two writers of the same person end at one customer.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from crm.lib.uuids import uuid7
from customers import changes, custom, identifiers, projection, registry
from customers.models import Customer, Source, SourceRecord, SourceVersion
from tenancy import context, encryption
from tenancy.database.bulk import fetch
from tenancy.models import Tenant
from webhooks import feed


@dataclass(slots=True)
class Person:
    """What a source says of a person: `content` by the names in projection.FIELDS, as it came.

    `at` is the moment it speaks of (an order's time); an older word never replaces a newer one.
    """

    external_id: str
    content: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


class Known(NamedTuple):
    record_id: UUID
    customer_id: UUID


def record(people: Iterable[Person], *, source: Source, made: Collection[UUID] = ()) -> dict[str, Known]:
    """External id → source record and customer, made where they are new. The last word on an id counts.

    Customers that are new or really changed stand in the change feed. `made` are those the caller has just made.
    """
    by_id = {person.external_id: person for person in people}
    known = _known(by_id.keys(), source)
    telling = {ref: person for ref, person in by_id.items() if _tells(person)}
    region = Tenant.objects.get().region if telling else ""
    found = {ref: identifiers.read(person.content, region=region) for ref, person in telling.items()}
    new, fresh = by_id.keys() - known.keys(), set(made)
    if new:
        records, own = _make_records(sorted(new), found, source)
        known |= records
        _make_customers(own)
        fresh |= own
        registry.records_made(source, {ref: one.customer_id for ref, one in records.items()})
    changed = _tell(telling, found, known, source, fresh) if telling else set()
    feed.record((changes.CREATED, sorted(fresh)), (changes.CHANGED, sorted(changed)))
    return known


def _tells(person: Person) -> bool:
    """Whether anything is said: a value, or that there is none (None)."""
    return any(value or value is None for value in person.content.values())


def _known(references: Iterable[str], source: Source) -> dict[str, Known]:
    rows = fetch(
        """SELECT external_id, id, customer_id FROM customers_sourcerecord
           WHERE source_id = %s AND external_id = ANY(%s)""",
        [source.id, list(references)],
    )
    return {external_id: Known(record_id, customer_id) for external_id, record_id, customer_id in rows}


def _make_records(references, found, source) -> tuple[dict[str, Known], set[UUID]]:
    """The new records, each at the customer its strong identifiers claim, else at one yet to be made."""
    proposed = {ref: Known(uuid7(), uuid7()) for ref in references}
    won = fetch(
        """INSERT INTO customers_sourcerecord (id, tenant_id, source_id, external_id, customer_id, created_at)
           SELECT r.id, %s, %s, r.external_id, r.customer_id, now()
           FROM unnest(%s::uuid[], %s::text[], %s::uuid[]) AS r (id, external_id, customer_id)
           ON CONFLICT (tenant_id, source_id, external_id) DO NOTHING RETURNING external_id""",
        [
            context.current_tenant_id(),
            source.id,
            [known.record_id for known in proposed.values()],
            list(proposed),
            [known.customer_id for known in proposed.values()],
        ],
    )
    mine = {ref: proposed[ref] for (ref,) in won}
    settled = identifiers.claim({ref: (mine[ref], found[ref]) for ref in mine if ref in found})
    joined = {ref: customer_id for ref, customer_id in settled.items() if customer_id != mine[ref].customer_id}
    for ref, customer_id in joined.items():
        mine[ref] = Known(mine[ref].record_id, customer_id)
        SourceRecord.objects.filter(id=mine[ref].record_id).update(customer_id=customer_id)
    proposals = {known.customer_id for known in proposed.values()}
    fresh = {known.customer_id for known in mine.values()} & proposals
    late = set(references) - mine.keys()
    return mine | _known(late, source), fresh


def _make_customers(ids: set[UUID]) -> None:
    fetch(
        """INSERT INTO customers_customer (id, tenant_id, kind, name, name_key, given_key, pinyin, initials, gender,
               city, industry, created_at, updated_at)
           SELECT id, %s, %s, '', '', '', '', '', '', '', '', now(), now() FROM unnest(%s::uuid[]) AS id""",
        [context.current_tenant_id(), str(Customer.Kind.PERSON), sorted(ids)],
    )


def _tell(people: Mapping[str, Person], found, known: Mapping[str, Known], source: Source, fresh) -> set[UUID]:
    """Keep what the source says where it is news, and bring the customers in step with it. Returns which of those
    that are not fresh have changed by that."""
    news = _news(people, known)
    if not news:
        return set()
    SourceVersion.objects.bulk_create(
        [
            SourceVersion(
                record_id=known[ref].record_id,
                at=people[ref].at or timezone.now(),
                digest=digest,
                content=projection.digestible(people[ref].content),
            )
            for ref, digest in news.items()
        ]
    )
    identifiers.add({ref: (known[ref], found[ref]) for ref in news})
    return refresh({known[ref].customer_id for ref in news}, fresh=fresh) - fresh


def _news(people: Mapping[str, Person], known: Mapping[str, Known]) -> dict[str, bytes]:
    """References whose content differs from the record's newest version and is not older, with its digest."""
    digests = {
        ref: encryption.blind_index(projection.digestible(person.content), purpose="content")
        for ref, person in people.items()
    }
    rows = fetch(
        """SELECT DISTINCT ON (record_id) record_id, at, digest FROM customers_sourceversion
           WHERE record_id = ANY(%s) ORDER BY record_id, at DESC, id DESC""",
        [[known[ref].record_id for ref in people]],
    )
    newest = {record_id: (at, bytes(digest)) for record_id, at, digest in rows}

    def is_news(ref: str) -> bool:
        at, digest = newest.get(known[ref].record_id, (None, None))
        if at is None or people[ref].at is None:
            return digest != digests[ref]
        return (people[ref].at, digests[ref]) > (at, digest) and digest != digests[ref]

    return {ref: digest for ref, digest in digests.items() if is_news(ref)}


def refresh(customer_ids: set[UUID], *, fresh: Collection[UUID] = ()) -> set[UUID]:
    """Project the customers again from the newest version of each of their source records.

    Returns those that are another by that; they alone are written, and the `fresh` ones, which hold nothing yet.
    """
    region = Tenant.objects.get().region
    told: dict[UUID, list[projection.Told]] = {}
    versions = (
        SourceVersion.objects.filter(record__customer__in=customer_ids)
        .order_by("record_id", "-at", "-id")
        .distinct("record_id")
        .annotate(customer_id=F("record__customer_id"), trust=F("record__source__trust"))
    )
    for version in versions:
        told.setdefault(version.customer_id, []).append(
            projection.Told(version.trust, version.at, projection.opened(version.content))
        )
    surviving = {id: projection.survive(told.get(id, ())) for id in customer_ids}
    changed = []
    for customer in Customer.objects.select_for_update().filter(id__in=customer_ids).order_by("id"):
        before = None if customer.id in fresh else projection.shown(customer)
        projection.apply(customer, surviving[customer.id], region=region)
        if before is None or before != projection.shown(customer):
            changed.append(customer)
    for customer in changed:
        customer.updated_at = timezone.now()
    Customer.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["tenant", "id"],
        update_fields=[*projection.COLUMNS, "updated_at"],
        batch_size=1000,
    )
    others = custom.keep(surviving) - {customer.id for customer in changed}
    if others:
        Customer.objects.filter(id__in=others).update(updated_at=timezone.now())
    return others | {customer.id for customer in changed}


def touch(customer: Customer) -> None:
    """Something else of the customer has changed than what its sources say: tell those who follow."""
    customer.updated_at = timezone.now()
    customer.save(update_fields=["updated_at"])
    feed.record((changes.CHANGED, [customer.id]))


def edit(customer: Customer, content: Mapping[str, str | None], *, is_new: bool = False) -> None:
    """What staff type in is a source too, the most trusted one. None clears a field."""
    source, _made = Source.objects.get_or_create(key=Source.STAFF, defaults={"trust": 100})
    reference = str(customer.id)
    SourceRecord.objects.get_or_create(source=source, external_id=reference, defaults={"customer_id": customer.id})
    former = SourceVersion.objects.filter(record__source=source, record__external_id=reference).order_by("-at").first()
    merged = {**(projection.opened(former.content) if former else {}), **content}
    record([Person(reference, merged, timezone.now())], source=source, made={customer.id} if is_new else ())
