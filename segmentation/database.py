"""Operations for migrations of apps whose rows rules can ask."""

from django.db import migrations

# What changed is noted by the database, so that no writer can forget it: bulk statements, imports, merges, undoing.
NOTE = """
    INSERT INTO segmentation_segmenttouch (tenant_id, txid, customer_id, followed)
    SELECT DISTINCT tenant_id, pg_current_xact_id()::text::bigint, id, false FROM ({changed}) t WHERE id IS NOT NULL
    ON CONFLICT (tenant_id, txid, customer_id) DO UPDATE SET followed = false WHERE segmentation_segmenttouch.followed;
"""
EVENTS = {
    "insert": "REFERENCING NEW TABLE AS moved",
    "delete": "REFERENCING OLD TABLE AS moved",
    "update": "REFERENCING NEW TABLE AS moved OLD TABLE AS former",
}


def noting(name: str, *, changed: str, former: str = "") -> migrations.RunSQL:
    """The trigger functions that note the customers in `changed`, SQL of tenant_id and id over the rows `moved`;
    `former` is the same over the rows as they stood before an update."""
    former = former or changed.replace("moved", "former")
    return migrations.RunSQL(
        f"{_function(name, changed)} {_function(f'{name}_updated', f'{changed} UNION ALL {former}')}",
        f"DROP FUNCTION {_called(name)}; DROP FUNCTION {_called(f'{name}_updated')};",
    )


def _function(name: str, changed: str) -> str:
    return f"""CREATE FUNCTION {_called(name)}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public
        AS $body$ BEGIN {NOTE.format(changed=changed)} RETURN NULL; END $body$;"""


def _called(name: str) -> str:
    return f"segmentation_touch_{name}"


def touches(table: str, name: str = "customer") -> migrations.RunSQL:
    """Whatever is written to this table touches the customers of the rows: segments look at them again. `name` is
    that of `noting`: customer, of a column customer_id."""

    def trigger(event: str, tables: str) -> str:
        function = _called(f"{name}_updated" if event == "update" else name)
        return f"""CREATE TRIGGER touch_{event} AFTER {event} ON {table} {tables}
            FOR EACH STATEMENT EXECUTE FUNCTION {function}();"""

    return migrations.RunSQL(
        " ".join(trigger(event, tables) for event, tables in EVENTS.items()),
        " ".join(f"DROP TRIGGER touch_{event} ON {table};" for event in EVENTS),
    )
