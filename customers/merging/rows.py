"""Which rows go with a customer: every reference to one is found in the models, none is listed here.

Rows that hang on a source record go where it goes. The others are noted one by one in MergeMove, so that they find
back; where the survivor has the like already (one tag is put on once) a row stays with the merged customer. A root
has one of each that anybody in it has (customers.merging.uncovering), and no row goes up past its like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Field, Model, UniqueConstraint

from customers import registry
from customers.models import Customer, CustomValue, Identifier, LaterRow, Merge, MergeMember, SourceRecord
from customers.registry import Hop
from tenancy import context
from tenancy.database.bulk import fetch

# The lineage itself, what hangs on records, and what is projected anew.
APART = {Customer, Merge, MergeMember, LaterRow, SourceRecord, Identifier, CustomValue}


@dataclass(frozen=True, slots=True)
class Followers:
    """Rows of one model that refer to a customer: by `column`, beside a `record` where they have one. Of rows that
    are equal in `once` a customer has only one."""

    model: type[Model]
    column: str
    record: str
    once: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.model._meta.label

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    @property
    def alone(self) -> str:
        """The condition on row t that it hangs on no record."""
        return f"AND t.{self.record} IS NULL" if self.record else ""


@cache
def followers() -> list[Followers]:
    """All of them, but for those that their app sees to itself. Raises ImproperlyConfigured for a model that can be
    re-pointed by no rule."""
    found = [_followers(field) for field in references(Customer) if field.model not in APART]
    return sorted((one for one in found if one.label not in registry.own), key=lambda one: one.label)


def references(model: type[Model]) -> list[Field]:
    """The references to the model, those that cannot be walked back among them."""
    relations = model._meta.get_fields(include_hidden=True)
    return [one.field for one in relations if one.auto_created and not one.concrete]


def _followers(field: Field) -> Followers:
    meta = field.model._meta
    records = [one.column for one in meta.local_fields if one.is_relation and one.related_model is SourceRecord]
    uniques = [one.fields for one in meta.constraints if isinstance(one, UniqueConstraint)]
    uniques = [names for names in [*uniques, *meta.unique_together] if field.name in names]
    if meta.label not in registry.own and (field.unique or len(uniques) > 1 or len(records) > 1):
        raise ImproperlyConfigured(f"{meta.label}: say how its rows merge (customers.registry.merges_by_itself)")
    names = [name for names in uniques for name in names if name not in ("tenant", field.name)]
    once = tuple(meta.get_field(name).column for name in names)
    return Followers(field.model, field.column, records[0] if records else "", once)


def take(hops: Sequence[Hop], chains: Sequence[tuple[UUID, UUID]]) -> None:
    """Re-point what the hops' customers have. `chains` says in which members a row of a customer is noted."""
    absorbed, survivors = [hop.customer_id for hop in hops], [hop.into_id for hop in hops]
    _take_records(absorbed, survivors, chains)
    for one in followers():
        if one.record:
            fetch(
                f"""UPDATE {one.table} t SET {one.column} = h.survivor
                    FROM unnest(%s::uuid[], %s::uuid[]) AS h (absorbed, survivor)
                    WHERE t.{one.column} = h.absorbed AND t.{one.record} IS NOT NULL""",
                [absorbed, survivors],
            )
        _take_noted(one, absorbed, survivors, chains)


def _take_records(absorbed: list[UUID], survivors: list[UUID], chains: Sequence[tuple[UUID, UUID]]) -> None:
    _noted(
        """UPDATE customers_sourcerecord t SET customer_id = h.survivor
           FROM unnest(%s::uuid[], %s::uuid[]) AS h (absorbed, survivor)
           WHERE t.customer_id = h.absorbed RETURNING t.id, h.absorbed""",
        [absorbed, survivors],
        SourceRecord._meta.label,
        chains,
    )
    fetch(
        """UPDATE customers_identifier t SET customer_id = h.survivor
           FROM unnest(%s::uuid[], %s::uuid[]) AS h (absorbed, survivor) WHERE t.customer_id = h.absorbed""",
        [absorbed, survivors],
    )


def _take_noted(
    one: Followers, absorbed: list[UUID], survivors: list[UUID], chains: Sequence[tuple[UUID, UUID]]
) -> None:
    """Of rows that are equal in `once` the survivor gets one: that of the first who has any."""
    if one.once:
        same = " AND ".join(f"o.{column} = t.{column}" for column in one.once)
        keys = ", ".join(f"t.{column}" for column in one.once)
        moved = f"""UPDATE {one.table} u SET {one.column} = m.survivor FROM (
                SELECT DISTINCT ON (h.survivor, {keys}) t.id, h.absorbed, h.survivor
                FROM unnest(%s::uuid[], %s::uuid[]) WITH ORDINALITY AS h (absorbed, survivor, place)
                JOIN {one.table} t ON t.{one.column} = h.absorbed {one.alone}
                WHERE NOT EXISTS (SELECT FROM {one.table} o WHERE o.{one.column} = h.survivor AND {same})
                ORDER BY h.survivor, {keys}, h.place
            ) m WHERE u.id = m.id RETURNING u.id, m.absorbed"""
    else:
        moved = f"""UPDATE {one.table} t SET {one.column} = h.survivor
            FROM unnest(%s::uuid[], %s::uuid[]) AS h (absorbed, survivor)
            WHERE t.{one.column} = h.absorbed {one.alone} RETURNING t.id, h.absorbed"""
    _noted(moved, [absorbed, survivors], one.label, chains)


def _noted(moved: str, parameters: list, label: str, chains: Sequence[tuple[UUID, UUID]]) -> None:
    """Run `moved`, which returns (row, customer it was of), and note the rows with the customer's members."""
    fetch(
        f"""WITH moved (id, absorbed) AS ({moved})
            INSERT INTO customers_mergemove (id, tenant_id, member_id, model, row_id)
            SELECT uuidv7(), %s, c.member_id, %s, moved.id
            FROM moved JOIN unnest(%s::uuid[], %s::uuid[]) AS c (absorbed, member_id) ON c.absorbed = moved.absorbed
            ON CONFLICT DO NOTHING""",
        [*parameters, context.current_tenant_id(), label, [one for one, _m in chains], [m for _one, m in chains]],
    )


def give_back(path: Sequence[UUID], going: Sequence[tuple[UUID, UUID]], hops: Sequence[Hop]) -> dict[str, list[UUID]]:
    """Rows of the records `going` (record, customer) that stand at the root, and those noted with the hops' members
    wherever they stand on the path from the survivor up to the root, go to their customers. Returns those noted, by
    model."""
    root_id = path[-1]
    records, owners = [record for record, _customer in going], [customer for _record, customer in going]
    fetch(
        """UPDATE customers_sourcerecord t SET customer_id = g.customer FROM unnest(%s::uuid[], %s::uuid[]) AS
           g (record, customer) WHERE t.id = g.record""",
        [records, owners],
    )
    fetch(
        """UPDATE customers_identifier t SET customer_id = g.customer FROM unnest(%s::uuid[], %s::uuid[]) AS
           g (record, customer) WHERE t.record_id = g.record AND t.customer_id = %s""",
        [records, owners, root_id],
    )
    gone: dict[str, list[UUID]] = {}
    for one in followers():
        if one.record:
            fetch(
                f"""UPDATE {one.table} t SET {one.column} = g.customer
                    FROM unnest(%s::uuid[], %s::uuid[]) AS g (record, customer)
                    WHERE t.{one.record} = g.record AND t.{one.column} = %s""",
                [records, owners, root_id],
            )
        if ids := _give_noted(one, path, hops):
            gone[one.label] = ids
    return gone


def _give_noted(one: Followers, path: Sequence[UUID], hops: Sequence[Hop]) -> list[UUID]:
    free = ""
    if one.once:
        same = " AND ".join(f"o.{column} = t.{column}" for column in one.once)
        free = f"AND NOT EXISTS (SELECT FROM {one.table} o WHERE o.{one.column} = h.customer AND {same})"
    rows = fetch(
        f"""UPDATE {one.table} t SET {one.column} = h.customer
            FROM customers_mergemove v
            JOIN unnest(%s::uuid[], %s::uuid[]) AS h (member, customer) ON h.member = v.member_id
            WHERE v.model = %s AND t.id = v.row_id AND t.{one.column} = ANY(%s) {one.alone} {free} RETURNING t.id""",
        [[hop.member_id for hop in hops], [hop.customer_id for hop in hops], one.label, list(path)],
    )
    return [id for (id,) in rows]


def bring_up(hops: Sequence[Hop], chains: Sequence[tuple[UUID, UUID]]) -> None:
    """What those into whom the hops go have not, and the hops' customers have the like of: of the first hop."""
    for one in followers():
        if one.once:
            _take_noted(one, [hop.customer_id for hop in hops], [hop.into_id for hop in hops], chains)


def forget(model: str, row_ids: Sequence[UUID], member_ids: Sequence[UUID]) -> None:
    """These rows are no longer with these members."""
    fetch(
        "DELETE FROM customers_mergemove WHERE member_id = ANY(%s) AND model = %s AND row_id = ANY(%s)",
        [list(member_ids), model, list(row_ids)],
    )
