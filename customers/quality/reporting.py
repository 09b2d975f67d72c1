"""How the records stand: by field, by store, by source."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.lookups import GreaterThan

from customers.models import Customer, Source, SourceRecord, Steward
from customers.models.customers import CustomerQuerySet
from customers.quality.faults import FAULTS, FIELDS, Fault
from tenancy.models import Membership, Store


@dataclass
class Standing:
    """How many records, their mean score (0 to 100), and how many have each fault. `place` is a store or source."""

    records: int = 0
    score: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    place: Store | Source | None = None
    steward: Membership | None = None

    @property
    def faults(self) -> list[tuple[Fault, int, float]]:
        """(fault, how many records, their share in percent), the most frequent first."""
        found = [(fault, self.counts.get(fault.key, 0)) for fault in FAULTS]
        told = [(fault, count, 100 * count / self.records) for fault, count in found if count]
        return sorted(told, key=lambda one: -one[1])

    @property
    def fields(self) -> list[tuple[str, float]]:
        """(field, share of records without a fault in it, in percent)."""
        return [(name, 100 * (1 - self._faulty(name) / self.records) if self.records else 100) for name in FIELDS]

    def _faulty(self, name: str) -> int:
        """Faults of one field exclude each other, but for the name's and the address's missing ones."""
        return min(self.records, sum(self.counts.get(fault.key, 0) for fault in FAULTS if fault.field == name))


def _counted(path: str = "") -> dict:
    hits = {fault.key: Count("id", filter=Q(GreaterThan(F(f"{path}faults").bitand(fault.mask), 0))) for fault in FAULTS}
    return {"records": Count("id"), "score": Avg(f"{path}quality"), **hits}


def _standing(row: dict, **more) -> Standing:
    counts = {fault.key: row[fault.key] for fault in FAULTS}
    return Standing(row["records"], None if row["score"] is None else float(row["score"]), counts, **more)


def _people(member: Membership) -> CustomerQuerySet:
    return Customer.objects.visible_to(member).filter(erased_at=None)


def overall(member: Membership) -> Standing:
    """All records that the member sees."""
    return _standing(_people(member).aggregate(**_counted()))


def by_store(member: Membership) -> list[Standing]:
    """Each store's records, the poorest first; without a store last."""
    rows = list(_people(member).order_by().values("store_id").annotate(**_counted()))
    stores = Store.objects.in_bulk([row["store_id"] for row in rows if row["store_id"]])
    stewards = _stewards("store_id")
    found = [_standing(row, place=stores.get(row["store_id"]), steward=stewards.get(row["store_id"])) for row in rows]
    return _poorest_first(found)


def by_source(member: Membership) -> list[Standing]:
    """Each source's records, by the scores of the customers they speak of, the poorest first."""
    records: QuerySet = SourceRecord.objects.filter(customer__in=_people(member)).order_by().values("source_id")
    rows = list(records.annotate(**_counted("customer__")))
    sources, stewards = Source.objects.in_bulk([row["source_id"] for row in rows]), _stewards("source_id")
    return _poorest_first(
        _standing(row, place=sources[row["source_id"]], steward=stewards.get(row["source_id"])) for row in rows
    )


def _stewards(name: str) -> dict:
    rows = Steward.objects.select_related("member__user").filter(**{f"{name}__isnull": False})
    return {getattr(row, name): row.member for row in rows}


def _poorest_first(found: Iterable[Standing]) -> list[Standing]:
    return sorted(found, key=lambda one: (one.place is None, one.score))
