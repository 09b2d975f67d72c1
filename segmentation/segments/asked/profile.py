"""What the customer's own row says."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import cache
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from segmentation.segments.fields import Field, Kind
from segmentation.segments.sql import Asking, Direct
from segmentation.segments.tree import Clause
from tenancy.models import Membership, Store

GROUP = "profile"


def fields() -> list[Field]:
    return [
        Field("kind", _("Type"), Kind.CHOICE, GROUP, choices=_labels(Customer.Kind), values=column("kind")),
        Field("gender", _("Gender"), Kind.CHOICE, GROUP, choices=_labels(Customer.Gender), values=column("gender")),
        Field("province", _("Province"), Kind.TEXT, GROUP, values=column("province")),
        Field("city", _("City"), Kind.TEXT, GROUP, values=column("city")),
        Field("district", _("District"), Kind.TEXT, GROUP, values=column("district")),
        Field("industry", _("Industry"), Kind.TEXT, GROUP, values=column("industry")),
        Field("birthday_month", _("Birthday month"), Kind.WHOLE, GROUP, low=Decimal(1), high=Decimal(12),
              values=number("birth_month")),
        Field("created", _("Added"), Kind.DAY, GROUP, values=_created),
        Field("quality", _("Quality"), Kind.WHOLE, GROUP, low=Decimal(0), high=Decimal(100), values=number("quality")),
        Field("store", _("Store"), Kind.CHOICE, GROUP, choices=stores(), keys=store_keys, named=store_codes,
              is_by_id=True, values=number("store_id")),
        Field("owner", _("Owner"), Kind.CHOICE, GROUP, choices=_owners(), keys=_owner_keys, named=_owner_names,
              is_by_id=True, values=number("owner_id")),
    ]  # fmt: skip


def column(name: str) -> Callable[[Asking, Clause], Direct]:
    """A text of the customer's row; an empty one is no value."""
    return lambda asking, clause: Direct(f"nullif(c.{name}, '')")


def number(name: str) -> Callable[[Asking, Clause], Direct]:
    return lambda asking, clause: Direct(f"c.{name}")


def _created(asking: Asking, clause: Clause) -> Direct:
    return Direct(f"(c.created_at AT TIME ZONE {asking.put(asking.moment.tenant.timezone)})::date")


def _labels(choices) -> Callable[[], Mapping[str, str]]:
    return lambda: dict(choices.choices)


def stores() -> Callable[[], Mapping[str, str]]:
    """Code → name of the company's stores, asked for once."""
    return cache(lambda: {code or name: name for code, name in Store.objects.values_list("code", "name")})


def store_keys(words: Iterable[str]) -> dict[str, UUID]:
    words = list(words)
    rows = Store.objects.filter(Q(code__in=words) | Q(name__in=words)).values_list("code", "name", "id")
    by_name = {name: id for _code, name, id in rows}
    found = by_name | {code: id for code, _name, id in rows if code}
    return {word: found[word] for word in words if word in found}


def store_codes(ids: Iterable[UUID]) -> dict[UUID, str]:
    return {
        id: code or name for id, code, name in Store.objects.filter(id__in=list(ids)).values_list("id", "code", "name")
    }


def _owners() -> Callable[[], Mapping[str, str]]:
    def offered() -> dict[str, str]:
        return dict(Membership.objects.filter(is_active=True).values_list("user__email", "user__name"))

    return cache(offered)


def _owner_keys(words: Iterable[str]) -> dict[str, UUID]:
    words = list(words)
    found = dict(Membership.objects.filter(user__email__in=words).values_list("user__email", "id"))
    return {word: found[word] for word in words if word in found}


def _owner_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    return dict(Membership.objects.filter(id__in=list(ids)).values_list("id", "user__email"))
