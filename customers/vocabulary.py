"""The company's tags themselves: made, renamed, merged into another, deleted."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from customers import tagging
from customers.models import CustomerTag, Tag
from tenancy import audit, context
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
        tagging.tell_changed(_wearers(tag))
        audit.record("tag.changed", tag, by=by, changes=told)


@transaction.atomic
def merge(tag: Tag, *, into: Tag, by: Membership) -> int:
    """Whoever has `tag` has `into` instead, and `tag` is gone. Returns how many customers that were."""
    wearers = _wearers(tag)
    fetch(
        """INSERT INTO customers_customertag (id, tenant_id, customer_id, tag_id)
           SELECT uuidv7(), %s, customer_id, %s FROM customers_customertag WHERE tag_id = %s
           ON CONFLICT (tenant_id, tag_id, customer_id) DO NOTHING""",
        [context.current_tenant_id(), into.id, tag.id],
    )
    audit.record("tag.merged", tag, by=by, changes={"name": tag.name, "into": into.name, "customers": len(wearers)})
    _remove(tag, wearers)
    return len(wearers)


@transaction.atomic
def delete(tag: Tag, *, by: Membership) -> int:
    """The tag is gone, from every customer too. Returns how many had it."""
    wearers = _wearers(tag)
    audit.record("tag.deleted", tag, by=by, changes={"name": tag.name, "customers": len(wearers)})
    _remove(tag, wearers)
    return len(wearers)


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


def _wearers(tag: Tag) -> list[UUID]:
    return sorted(CustomerTag.objects.filter(tag=tag).values_list("customer_id", flat=True))


def _remove(tag: Tag, wearers: list[UUID]) -> None:
    fetch("DELETE FROM customers_customertag WHERE tag_id = %s", [tag.id])
    fetch("DELETE FROM customers_tag WHERE id = %s", [tag.id])
    tagging.tell_changed(wearers)
