"""The company's tags themselves: made, renamed, merged into another, deleted."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import golden, tagging
from customers.models import CustomerTag, Tag
from tenancy import audit
from tenancy.database.bulk import fetch
from tenancy.models import Membership


def create(name: str, *, by: Membership) -> Tag:
    """A new tag. Raises ValidationError where the name is none or taken."""
    try:
        if tagging.named([name], create=False):
            raise ValidationError({"name": _("Another tag is called so already.")})
        [tag] = tagging.named([name])
    except (tagging.BadTag, tagging.TooManyTags) as problem:
        raise ValidationError({"name": str(problem)}) from problem
    audit.record("tag.created", tag, by=by, changes={"name": tag.name})
    return tag


def rename(tag: Tag, name: str, *, by: Membership) -> None:
    """Another name, for all who have the tag. Raises ValidationError where it is none, or another tag's."""
    try:
        name = tagging.cleaned(name)
    except tagging.BadTag as problem:
        raise ValidationError({"name": str(problem)}) from problem
    if told := audit.changed(tag, {"name": name}):
        tag.name_key = tagging.key_of(name)
        try:
            with transaction.atomic():
                tag.save(update_fields=["name", "name_key"])
        except IntegrityError as problem:
            tag.refresh_from_db()
            raise ValidationError({"name": _("Another tag is called so already. Merge the two.")}) from problem
        tagging.tell_changed(wearers_of(tag))
        audit.record("tag.changed", tag, by=by, changes=told)


def merge(tag: Tag, *, into: Tag, by: Membership) -> int:
    """Whoever has `tag` has `into` instead, and `tag` is gone. Returns how many customers that were."""
    return _retire(tag, into, by)


def delete(tag: Tag, *, by: Membership) -> int:
    """The tag is gone, from every customer too. Returns how many had it."""
    return _retire(tag, None, by)


@transaction.atomic
def _retire(tag: Tag, into: Tag | None, by: Membership) -> int:
    wearers = wearers_of(tag)
    hand_on(tag, wearers, into=into)
    remove(tag, into=into, customers=len(wearers), by=by)
    return len(wearers)


def wearers_of(tag: Tag, *, most: int | None = None) -> list[UUID]:
    """The customers who have it, or the first `most` of them."""
    return list(
        CustomerTag.objects.filter(tag=tag).order_by("customer_id").values_list("customer_id", flat=True)[:most]
    )


def hand_on(tag: Tag, customer_ids: list[UUID], *, into: Tag | None) -> None:
    """These customers have `into` instead of `tag`, or one tag less."""
    golden.hold(customer_ids)
    if into is not None:
        # The same rows: a merge that is undone finds them.
        fetch(
            """UPDATE customers_customertag t SET tag_id = %(into)s, run_id = NULL
               WHERE t.tag_id = %(tag)s AND t.customer_id = ANY(%(customers)s) AND NOT EXISTS (
                   SELECT FROM customers_customertag o WHERE o.tag_id = %(into)s AND o.customer_id = t.customer_id)""",
            {"into": into.id, "tag": tag.id, "customers": customer_ids},
        )
    fetch("DELETE FROM customers_customertag WHERE tag_id = %s AND customer_id = ANY(%s)", [tag.id, customer_ids])
    tagging.tell_changed(customer_ids)


def remove(tag: Tag, *, into: Tag | None, customers: int, by: Membership | None) -> None:
    """The tag itself is gone, after `customers` have lost it."""
    if into is not None:
        audit.record("tag.merged", tag, by=by, changes={"name": tag.name, "into": into.name, "customers": customers})
    else:
        audit.record("tag.deleted", tag, by=by, changes={"name": tag.name, "customers": customers})
    fetch("DELETE FROM customers_tag WHERE id = %s", [tag.id])


def count(tag: Tag) -> int:
    """How many customers have it."""
    return CustomerTag.objects.filter(tag=tag).count()


def usage(tags: Iterable[Tag], *, most: int = 10_000) -> dict[UUID, int]:
    """Tag → how many customers have it; `most` + 1 stands for any number beyond."""
    return dict(
        fetch(
            """SELECT t.id, (SELECT count(*) FROM (SELECT FROM customers_customertag c
                                                   WHERE c.tag_id = t.id LIMIT %s) AS those)
               FROM unnest(%s::uuid[]) AS t (id)""",
            [most + 1, [tag.id for tag in tags]],
        )
    )
