"""Tags on customers: put on and taken off, many at once."""

from collections.abc import Collection, Iterable
from itertools import product
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib import text
from customers import changes, golden, roots
from customers.models import Customer, CustomerTag, ImportRun, Tag
from tenancy import audit, context
from tenancy.database.bulk import fetch
from tenancy.models import Membership
from webhooks import feed

LONGEST = 40
MOST = 500  # tags of a company
MOST_EACH = 50  # tags of a customer

Pair = tuple[UUID, UUID]


class BadTag(ValueError):
    """No name of a tag: empty, too long; the message says which."""


class TooManyTags(Exception):
    """The company or a customer would have more than are allowed; nothing was done."""


def tags_of(customer_ids: Iterable[UUID]) -> dict[UUID, list[Tag]]:
    """Customer id → their tags by name, in one query. Without entry where there are none."""
    found: dict[UUID, list[Tag]] = {}
    rows = CustomerTag.objects.filter(customer__in=list(customer_ids), tag__isnull=False).select_related("tag")
    for row in rows.order_by("tag__name_key"):
        found.setdefault(row.customer_id, []).append(row.tag)
    return found


def cleaned(name: str) -> str:
    """The name as it is kept. Raises BadTag."""
    if not (name := text.clean(name[: LONGEST * 4])):
        raise BadTag(_("A tag needs a name."))
    if len(name) > LONGEST:
        raise BadTag(_("A tag has at most %d characters.") % LONGEST)
    return name


def key_of(name: str) -> str:
    return text.name_key(name[: LONGEST * 4])[:120]


def named(names: Iterable[str], create: bool = True) -> list[Tag]:
    """The tags of these names, in any spelling, each once; those that are new are made unless told otherwise.

    Raises BadTag, and TooManyTags where the company would have more than 500.
    """
    wanted: dict[str, str] = {}
    for name in map(cleaned, names):
        wanted.setdefault(key_of(name), name)
    found = {tag.name_key: tag for tag in Tag.objects.filter(name_key__in=wanted)}
    new = [key for key in wanted if key not in found] if create else []
    if new:
        if Tag.objects.count() + len(new) > MOST:
            raise TooManyTags(_("A company has at most %d tags.") % MOST)
        Tag.objects.bulk_create([Tag(name=wanted[key], name_key=key) for key in new], ignore_conflicts=True)
        found |= {tag.name_key: tag for tag in Tag.objects.filter(name_key__in=new)}
    return [found[key] for key in wanted if key in found]


def add(customer_ids: Collection[UUID], names_or_tags: Iterable[str | Tag], *, by: Membership | None) -> int:
    """Put the tags on the customers. Returns how many were new. Raises as `put`."""
    return len(put(customer_ids, names_or_tags, by=by))


def remove(customer_ids: Collection[UUID], names_or_tags: Iterable[str | Tag], *, by: Membership | None) -> int:
    """Take the tags off the customers. Returns how many they had."""
    return len(take(customer_ids, names_or_tags, by=by))


@transaction.atomic
def put(
    customer_ids: Collection[UUID],
    names_or_tags: Iterable[str | Tag],
    *,
    by: Membership | None,
    run: ImportRun | None = None,
) -> set[Pair]:
    """The (customer id, tag id) that are new by this; `run` is the import that brings them. A tag that an import
    brought and somebody puts on as well is no longer the import's.

    Raises BadTag, and TooManyTags where a customer would have more than 50."""
    tags = _tags(names_or_tags, create=True)
    ids = sorted(set(customer_ids))
    golden.hold(ids)
    rows = fetch(
        """INSERT INTO customers_customertag AS customertag (id, tenant_id, run_id, customer_id, tag_id)
           SELECT uuidv7(), %s, %s, customer_id, tag_id
           FROM unnest(%s::uuid[]) AS customer_id, unnest(%s::uuid[]) AS tag_id
           ON CONFLICT (tenant_id, tag_id, customer_id) DO UPDATE SET run_id = NULL
              WHERE customertag.run_id IS NOT NULL AND excluded.run_id IS NULL
           RETURNING customer_id, tag_id, old.id IS NULL""",
        [context.current_tenant_id(), run and run.id, ids, sorted(tag.id for tag in tags)],
    )
    pairs = {(customer_id, tag_id) for customer_id, tag_id, is_new in rows if is_new}
    _require_room({customer_id for customer_id, _tag in pairs})
    _tell("tagged", pairs, tags, by)
    return pairs


@transaction.atomic
def take(customer_ids: Collection[UUID], names_or_tags: Iterable[str | Tag], *, by: Membership | None) -> set[Pair]:
    """The (customer id, tag id) that stand no more by this. Of a customer into whom others were merged they go from
    all of these: it is one person. Raises BadTag."""
    tags = _tags(names_or_tags, create=False)
    golden.hold(customer_ids)
    rows = fetch(
        """DELETE FROM customers_customertag WHERE tag_id = ANY(%s) AND customer_id = ANY(%s)
           RETURNING customer_id, tag_id""",
        [[tag.id for tag in tags], [*set(customer_ids), *roots.below(customer_ids)]],
    )
    pairs = set(rows) & set(product(customer_ids, (tag.id for tag in tags)))
    _tell("untagged", pairs, tags, by)
    return pairs


@transaction.atomic
def replace(customer: Customer, names: Iterable[str], *, by: Membership | None) -> bool:
    """The customer has these tags and no others. Returns whether that is a change. Raises as `put`."""
    wanted = named(names)
    former = tags_of([customer.id]).get(customer.id, [])
    gone = take([customer.id], [tag for tag in former if tag not in wanted], by=by)
    return bool(put([customer.id], wanted, by=by) or gone)


def _tags(names_or_tags: Iterable[str | Tag], *, create: bool) -> list[Tag]:
    told = list(names_or_tags)
    tags = {tag.id: tag for tag in told if isinstance(tag, Tag)}
    tags |= {tag.id: tag for tag in named((name for name in told if isinstance(name, str)), create)}
    return list(tags.values())


def _require_room(customer_ids: set[UUID]) -> None:
    full = fetch(
        """SELECT count(*) FROM (SELECT FROM customers_customertag
           WHERE customer_id = ANY(%s) AND tag_id IS NOT NULL
           GROUP BY customer_id HAVING count(*) > %s) AS full_ones""",
        [list(customer_ids), MOST_EACH],
    )[0][0]
    if full:
        raise TooManyTags(_("A customer has at most %d tags.") % MOST_EACH)


def _tell(what: str, pairs: set[Pair], tags: Iterable[Tag], by: Membership | None) -> None:
    """The customers' time of change, the feed, and one row in the audit."""
    if not pairs:
        return
    ids = sorted({customer_id for customer_id, _tag in pairs})
    tell_changed(ids)
    given = {tag_id for _customer, tag_id in pairs}
    told = {"tags": sorted(str(tag.id) for tag in tags if tag.id in given)}
    if len(ids) == 1:
        audit.record(f"customer.{what}", Customer(id=ids[0]), by=by, changes=told)
    else:
        audit.record(f"customers.{what}", by=by, changes=told | {"customers": len(ids)})


def tell_changed(customer_ids: Collection[UUID]) -> None:
    """The customers' time of change, and the feed."""
    fetch("UPDATE customers_customer SET updated_at = %s WHERE id = ANY(%s)", [timezone.now(), list(customer_ids)])
    feed.record((changes.CHANGED, customer_ids))
