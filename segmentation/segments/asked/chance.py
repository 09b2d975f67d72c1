"""A share of the customers by chance: the same ones each time, others for each seed."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from segmentation.segments.fields import Field, Filter, Kind
from segmentation.segments.sql import Asking, Direct
from segmentation.segments.tree import Clause
from tenancy import encryption

USUAL, MOST = 100, 1000  # buckets
PRIME = 2**31 - 1


def fields() -> list[Field]:
    filters = (
        Filter("of", _("Buckets"), number=(Decimal(2), Decimal(MOST))),
        Filter("seed", _("Draw")),
    )
    return [
        Field("bucket", _("Random bucket"), Kind.WHOLE, "facts", low=Decimal(1), high=Decimal(MOST), default=Decimal(0),
              is_of_day=True, filters={one.name: one for one in filters}, values=_bucket, words="bucket"),
    ]  # fmt: skip


def drawn(clause: Clause) -> tuple[int, int, int]:
    """a, b and the buckets of a clause: a customer's is (a·x + b) mod PRIME mod buckets + 1, x the customer's ticket.
    a and b are keyed: another draw for each company and seed."""
    told = dict(clause.filters)
    digest = encryption.seal(str(told.get("seed", ("",))[0]).encode(), purpose="segments.bucket")
    a, b = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big")
    return 1 + a % (PRIME - 1), b % PRIME, int(told.get("of", (USUAL,))[0])


def ticket(expression: str) -> str:
    """SQL of what an id brings to the draw: its last 60 bits, mod PRIME."""
    return f"(('x' || right(replace({expression}::text, '-', ''), 15))::bit(60)::bigint %% {PRIME})"


def _bucket(asking: Asking, clause: Clause) -> Direct:
    a, b, buckets = map(asking.put, drawn(clause))
    return Direct(f"(({a}::bigint * {ticket('c.id')} + {b}) %% {PRIME}) %% {buckets} + 1")
