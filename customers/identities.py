"""Whose record is this? Source records find their customer by their key or a strong identifier, or make one.

All of it works on sets and in the current transaction; two writers of the same person end at one customer.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from crm.lib.uuids import uuid7
from customers import changes, custom, golden, identifiers, projection, registry, roots, words
from customers.models import (
    Customer,
    CustomerTag,
    CustomValue,
    Identifier,
    ImportRun,
    Source,
    SourceRecord,
    SourceVersion,
)
from customers.words import Maker, Person, Word
from tenancy import context
from tenancy.database.bulk import analyze, fetch, stage
from tenancy.models import Tenant
from webhooks import feed

__all__ = ["Known", "Person", "Written", "edit", "record", "refresh", "renew_statistics", "touch", "write"]


TABLES = [
    model._meta.db_table for model in (Customer, SourceRecord, SourceVersion, Identifier, CustomerTag, CustomValue)
]


class Known(NamedTuple):
    record_id: UUID
    customer_id: UUID


@dataclass
class Written:
    """What became of words: the records they are of, the references that are new, and the places of words that were
    news (in the order they came)."""

    known: dict[str, Known]
    new: set[str] = field(default_factory=set)
    news: set[int] = field(default_factory=set)


def record(people: Iterable[Person], *, source: Source, made: Collection[UUID] = ()) -> dict[str, Known]:
    """External id → source record and customer, made where they are new. The last word on an id counts.

    Customers that are new or really changed stand in the change feed. `made` are those the caller has just made.
    """
    maker = Maker(Tenant.objects.get().region)
    return write([maker.word(person) for person in people], maker=maker, source=source, made=made).known


def write(
    told: Sequence[Word], *, maker: Maker, source: Source, made: Collection[UUID] = (), run: ImportRun | None = None
) -> Written:
    """`record` for words that are made already. All that are news are kept, in their order; what `run`'s file has
    said before, in this import or an earlier one, is none."""
    known = _known({word.external_id for word in told}, source)
    done, fresh, kept = Written(known), set(made), set()
    counting = words.last(told)
    if new := counting.keys() - known.keys():
        records, own, kept = _make_records([counting[ref] for ref in sorted(new)], maker, source, run)
        known |= records
        if late := new - records.keys():  # somebody else made them in this moment
            known |= _known(late, source)
        fresh |= own
        done.new = set(records)
    done.news = _news(told, known, done.new, run)
    telling = {told[place].external_id for place in done.news}
    changed = _tell(told, done, maker, fresh, kept, run) if telling or fresh else set()
    if done.new:
        registry.records_made(source, {ref: known[ref].customer_id for ref in done.new})
    feed.record((changes.CREATED, sorted(fresh)), (changes.CHANGED, sorted(changed)))
    return done


def _known(references: Collection[str], source: Source) -> dict[str, Known]:
    """The records that stand. They are held where they are: no merge moves one until the transaction ends."""
    rows = fetch(
        """SELECT external_id, id, customer_id FROM customers_sourcerecord
           WHERE source_id = %s AND external_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE""",
        [source.id, list(references)],
    )
    return {external_id: Known(record_id, customer_id) for external_id, record_id, customer_id in rows}


def _make_records(
    new: Sequence[Word], maker: Maker, source: Source, run: ImportRun | None
) -> tuple[dict[str, Known], set[UUID], set[tuple]]:
    """The new records that nobody else makes now, each at the customer its strong identifiers claim, else at one yet
    to be made: with these customers, and the identifiers that are kept by that."""
    proposed = {word.external_id: Known(uuid7(), uuid7()) for word in new}
    stage(
        "staged_record",
        "record_id uuid, customer_id uuid, external_id text",
        ((known.record_id, known.customer_id, ref) for ref, known in proposed.items()),
        is_joined=False,
    )
    won = fetch(
        """INSERT INTO customers_sourcerecord (id, tenant_id, source_id, run_id, external_id, customer_id, created_at)
           SELECT record_id, %s, %s, %s, external_id, customer_id, now() FROM staged_record ORDER BY external_id
           ON CONFLICT (tenant_id, source_id, external_id) DO NOTHING RETURNING external_id""",
        [context.current_tenant_id(), source.id, run and run.id],
    )
    mine = {ref: proposed[ref] for (ref,) in won}
    found = {word.external_id: [maker.sealed(one) for one in word.found] for word in new if word.external_id in mine}
    settled, kept = identifiers.claim({ref: (mine[ref], found[ref]) for ref in mine})
    joined = {ref: customer_id for ref, customer_id in settled.items() if customer_id != mine[ref].customer_id}
    if joined:
        mine |= {ref: Known(mine[ref].record_id, customer_id) for ref, customer_id in joined.items()}
        fetch(
            """UPDATE customers_sourcerecord r SET customer_id = j.customer_id
               FROM unnest(%s::uuid[], %s::uuid[]) AS j (id, customer_id) WHERE r.id = j.id""",
            [[mine[ref].record_id for ref in joined], list(joined.values())],
        )
    proposals = {known.customer_id for known in proposed.values()}
    fresh = {known.customer_id for known in mine.values()} & proposals
    return mine, fresh, kept


def _news(told: Sequence[Word], known: Mapping[str, Known], new: set[str], run: ImportRun | None) -> set[int]:
    """The places of words that differ from what their record said last and are not older."""
    standing = {known[word.external_id].record_id for word in told if word.tells and word.external_id not in new}
    latest = _latest(standing)
    differing = {
        known[word.external_id].record_id
        for word in told
        if word.tells and latest.get(known[word.external_id].record_id, (None, word.digest))[1] != word.digest
    }
    said = _said(differing, run) if run and differing else set()
    news = set()
    for place, word in enumerate(told):
        if not word.tells:
            continue
        record_id = known[word.external_id].record_id
        at, digest = latest.get(record_id, (None, None))
        is_older = at is not None and word.at is not None and (word.at, word.digest) <= (at, digest)
        if digest != word.digest and not is_older and (record_id, word.digest) not in said:
            news.add(place)
            latest[record_id] = (word.at, word.digest)
    return news


def _latest(record_ids: set[UUID]) -> dict[UUID, tuple]:
    """Record → (moment, digest) of what it said last."""
    if not record_ids:
        return {}
    rows = fetch(
        """SELECT r.id, v.at, v.digest FROM unnest(%s::uuid[]) AS r (id)
           CROSS JOIN LATERAL (
               SELECT at, digest FROM customers_sourceversion v
               WHERE v.tenant_id = %s AND v.record_id = r.id AND v.retracted_at IS NULL
               ORDER BY at DESC, id DESC LIMIT 1
           ) v""",
        [list(record_ids), context.current_tenant_id()],
    )
    return {record_id: (at, bytes(digest)) for record_id, at, digest in rows}


def _said(record_ids: set[UUID], run: ImportRun) -> set[tuple[UUID, bytes]]:
    """(record, digest) of all that imports of this run's file have said."""
    rows = fetch(
        """SELECT v.record_id, v.digest FROM customers_sourceversion v
           JOIN customers_importrun r ON r.id = v.run_id
           WHERE v.record_id = ANY(%s) AND v.retracted_at IS NULL AND r.digest = %s AND r.source_id = %s""",
        [list(record_ids), bytes(run.digest), run.source_id],
    )
    return {(record_id, bytes(digest)) for record_id, digest in rows}


def _tell(
    told: Sequence[Word], done: Written, maker: Maker, fresh: set[UUID], kept: set[tuple], run: ImportRun | None
) -> set[UUID]:
    """Keep what is news and bring the customers in step. Returns which of those that are not fresh have changed."""
    telling = [(place, told[place], done.known[told[place].external_id]) for place in sorted(done.news)]
    _keep_versions(telling, maker, run)
    registry.told()
    own = {done.known[ref].customer_id for ref in done.new} & fresh
    identifiers.add(
        [(known, maker.sealed(one)) for _place, word, known in telling for one in word.found],
        kept=kept,
        new={done.known[ref].record_id for ref in done.new},
    )
    counting = words.last(word for word in told if word.external_id in done.new)
    speaking: dict[UUID, list[Word]] = {}
    for ref, word in counting.items():
        speaking.setdefault(done.known[ref].customer_id, []).append(word)
    golden.write((id, _stores(speaking[id]), _row(speaking[id], maker)) for id in sorted(own))
    custom.keep({id: _surviving(speaking[id]) for id in own}, are_new=True)
    touched = {known.customer_id for _place, _word, known in telling} | (fresh - own)
    return refresh(touched - own, fresh=fresh, maker=maker) - fresh


def _row(speaking: list[Word], maker: Maker) -> tuple:
    """The row of a customer whom only these words of one source speak of."""
    first, *others = speaking
    return first.golden if first.golden and not others else maker.golden(_surviving(speaking))


def _surviving(speaking: list[Word]) -> dict[str, str]:
    first, *others = speaking
    if not others:
        return projection.survive_alone(first.content)
    now = timezone.now()
    return projection.survive(projection.Told(0, word.at or now, word.content) for word in speaking)


def _stores(speaking: list[Word]) -> UUID | None:
    return next((word.store_id for word in speaking if word.store_id), None)


def _keep_versions(telling: list[tuple[int, Word, Known]], maker: Maker, run: ImportRun | None) -> None:
    if not telling:
        return
    stage(
        "staged_version",
        "place int, record_id uuid, at timestamptz, digest bytea, content bytea",
        ((place, known.record_id, word.at, word.digest, maker.content(word)) for place, word, known in telling),
        is_joined=False,
    )
    # Those without a moment of their own speak of now; the later in the file, the later.
    fetch(
        """INSERT INTO customers_sourceversion (id, tenant_id, record_id, at, digest, content, run_id)
           SELECT uuidv7(), %s, record_id, coalesce(at, clock_timestamp()), digest, content, %s
           FROM (SELECT * FROM staged_version ORDER BY place) AS told""",
        [context.current_tenant_id(), run and run.id],
    )


def refresh(customer_ids: set[UUID], *, fresh: Collection[UUID] = (), maker: Maker | None = None) -> set[UUID]:
    """Project the customers again from the newest version of each of their source records.

    Returns those that are another by that; they alone are written, and the `fresh` ones, which hold nothing yet.
    """
    if not customer_ids:
        return set()
    maker = maker or Maker(Tenant.objects.get().region)
    # Held before anything is read: what another writer says until then is seen, what is said later comes after us.
    standing = dict(golden.held(customer_ids))
    left = surviving(standing.keys(), maker)
    changed = {}
    for id, before in standing.items():
        if id in fresh or before != projection.golden(left[id], region=maker.region):
            changed[id] = maker.golden(left[id])
    golden.write((id, None, row) for id, row in changed.items())
    others = custom.keep(left) - changed.keys()
    if others:
        Customer.objects.filter(id__in=others).update(updated_at=timezone.now())
    return others | changed.keys()


def surviving(customer_ids: Collection[UUID], maker: Maker) -> dict[UUID, dict[str, str]]:
    """Customer → field → the value that survives among what their sources say now."""
    told: dict[UUID, list[projection.Told]] = {}
    for customer_id, trust, at, content in _spoken(customer_ids):
        told.setdefault(customer_id, []).append(projection.Told(trust, at, projection.opened(maker.opened(content))))
    return {id: projection.survive(told.get(id, ())) for id in customer_ids}


def _spoken(customer_ids: Collection[UUID]) -> list[tuple]:
    """(customer, trust, moment, content) of the newest version of each of their records. One probe of the index for
    each: a sort of all versions is what the planner chose on the statistics of a table that grows."""
    return fetch(
        """SELECT r.customer_id, s.trust, v.at, v.content
           FROM customers_sourcerecord r JOIN customers_source s ON s.id = r.source_id
           CROSS JOIN LATERAL (
               SELECT at, content FROM customers_sourceversion v
               WHERE v.tenant_id = r.tenant_id AND v.record_id = r.id AND v.retracted_at IS NULL
               ORDER BY at DESC, id DESC LIMIT 1
           ) v WHERE r.customer_id = ANY(%s)""",
        [list(customer_ids)],
    )


def touch(customer: Customer) -> None:
    """Something else of the customer has changed than what its sources say: tell those who follow."""
    customer.updated_at = timezone.now()
    customer.save(update_fields=["updated_at"])
    feed.record((changes.CHANGED, [customer.id]))


def renew_statistics() -> None:
    """After many were written at once."""
    analyze(*TABLES)


def edit(customer: Customer, content: Mapping[str, str | None], *, is_new: bool = False) -> None:
    """What staff type in is a source too, the most trusted one. None clears a field.

    It is added to what staff said last of the customer. Where that came with somebody who was merged it is a record of
    its own: the customer's older one would say everything else again with it, and win over what is newer.
    """
    edit_many({customer.id: content}, made={customer.id} if is_new else ())


def retell(record: SourceRecord, content: Mapping[str, str | None]) -> None:
    """Staff say just this on a record of theirs from now on, whatever they said there before."""
    if not content:
        SourceVersion.objects.filter(record=record, retracted_at=None).update(retracted_at=timezone.now())
        feed.record((changes.CHANGED, sorted(refresh({record.customer_id}))))
        return
    maker = Maker(Tenant.objects.get().region)
    write([maker.word(Person(record.external_id, content, timezone.now()))], maker=maker, source=record.source)


def edit_many(
    contents: Mapping[UUID, Mapping[str, str | None]], *, made: Collection[UUID] = (), run: ImportRun | None = None
) -> None:
    """`edit` for many customers, by their ids. What is told of one that was merged is told of whom it went into."""
    if not contents:
        return
    contents = _at_roots(contents)
    source, _made = Source.objects.get_or_create(key=Source.STAFF, defaults={"trust": 100})
    references = _staff_references(contents.keys(), source)
    fetch(
        """INSERT INTO customers_sourcerecord (id, tenant_id, source_id, run_id, external_id, customer_id, created_at)
           SELECT uuidv7(), %s, %s, %s, c.reference, c.id, now()
           FROM unnest(%s::uuid[], %s::text[]) AS c (id, reference) ORDER BY c.id
           ON CONFLICT (tenant_id, source_id, external_id) DO NOTHING""",
        [context.current_tenant_id(), source.id, run and run.id, list(references), list(references.values())],
    )
    maker = Maker(Tenant.objects.get().region)
    former = _said_by_staff(references.values(), source, maker)
    now = timezone.now()
    told = [
        maker.word(Person(references[id], {**former.get(references[id], {}), **content}, now))
        for id, content in contents.items()
    ]
    write(told, maker=maker, source=source, made=made, run=run)


def _at_roots(contents: Mapping[UUID, Mapping[str, str | None]]) -> Mapping[UUID, Mapping[str, str | None]]:
    """By the customers who have the rows, held so that none is merged before its record stands."""
    golden.hold(contents.keys())
    above = roots.roots(contents.keys())
    if all(above.get(id, id) == id for id in contents):
        return contents
    told: dict[UUID, Mapping[str, str | None]] = {}
    for id, content in contents.items():
        told[above[id]] = {**told.get(above[id], {}), **content}
    golden.hold(told.keys())
    return told


def _staff_references(customer_ids: Collection[UUID], source: Source) -> dict[UUID, str]:
    """Customer → the record that takes what staff say: the one that spoke last, where it is the customer's own."""
    rows = fetch(
        """SELECT DISTINCT ON (r.customer_id) r.customer_id, r.external_id FROM customers_sourcerecord r
           LEFT JOIN LATERAL (
               SELECT at FROM customers_sourceversion v
               WHERE v.tenant_id = r.tenant_id AND v.record_id = r.id AND v.retracted_at IS NULL
               ORDER BY at DESC, id DESC LIMIT 1
           ) v ON true WHERE r.customer_id = ANY(%s) AND r.source_id = %s
           ORDER BY r.customer_id, v.at DESC NULLS LAST, r.id DESC""",
        [list(customer_ids), source.id],
    )
    last = dict(rows)
    return {id: _own_reference(id, last.get(id, str(id))) for id in customer_ids}


def _own_reference(customer_id: UUID, reference: str) -> str:
    return reference if reference.startswith(str(customer_id)) else f"{customer_id}:{uuid7()}"


def _said_by_staff(references: Collection[str], source: Source, maker: Maker) -> dict[str, dict[str, str | None]]:
    rows = fetch(
        """SELECT r.external_id, v.content FROM customers_sourcerecord r
           CROSS JOIN LATERAL (
               SELECT content FROM customers_sourceversion v
               WHERE v.tenant_id = r.tenant_id AND v.record_id = r.id AND v.retracted_at IS NULL
               ORDER BY at DESC, id DESC LIMIT 1
           ) v WHERE r.source_id = %s AND r.external_id = ANY(%s)""",
        [source.id, list(references)],
    )
    return {reference: projection.opened(maker.opened(content)) for reference, content in rows}
