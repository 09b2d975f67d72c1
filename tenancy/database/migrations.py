"""Operations a migration uses beside Django's own."""

from django.db import migrations

from tenancy.database.schema import OWNER_ROLE

APPEND_ONLY = """
CREATE OR REPLACE FUNCTION tenancy_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""


def append_only(table: str, *, movable: tuple[str, ...] = ()) -> migrations.RunSQL:
    """Rows of this table are written once: a trigger refuses UPDATE and DELETE, and the right is revoked.

    `movable` columns may still change: a merge moves a row to another customer.
    """
    changed = "".join(f" - '{column}'" for column in movable)
    allowed = f"GRANT UPDATE ({', '.join(movable)}) ON {table} TO crm_app;" if movable else ""
    return migrations.RunSQL(
        f"""{APPEND_ONLY}
        CREATE TRIGGER append_only_update BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN ((to_jsonb(OLD){changed}) IS DISTINCT FROM (to_jsonb(NEW){changed}))
            EXECUTE FUNCTION tenancy_refuse_change();
        CREATE TRIGGER append_only_delete BEFORE DELETE ON {table} FOR EACH ROW
            EXECUTE FUNCTION tenancy_refuse_change();
        REVOKE UPDATE, DELETE ON {table} FROM crm_app; {allowed}""",
        f"""DROP TRIGGER append_only_update ON {table};
        DROP TRIGGER append_only_delete ON {table};
        GRANT UPDATE, DELETE ON {table} TO crm_app;""",
    )


def sealable(table: str, *columns: str) -> migrations.RunSQL:
    """These columns of an append-only table are empty at first and written once, all together; the rest never."""
    kept = "".join(f" - '{column}'" for column in columns)
    once = " OR ".join(f"OLD.{column} IS NOT NULL OR NEW.{column} IS NULL" for column in columns)
    given = " OR ".join(f"NEW.{column} IS NOT NULL" for column in columns)
    return migrations.RunSQL(
        f"""DROP TRIGGER append_only_update ON {table};
        CREATE TRIGGER append_only_update BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN ((to_jsonb(OLD){kept}) IS DISTINCT FROM (to_jsonb(NEW){kept}) OR {once})
            EXECUTE FUNCTION tenancy_refuse_change();
        CREATE TRIGGER append_only_insert BEFORE INSERT ON {table} FOR EACH ROW
            WHEN ({given}) EXECUTE FUNCTION tenancy_refuse_change();
        GRANT UPDATE ({", ".join(columns)}) ON {table} TO crm_app;""",
        f"""DROP TRIGGER append_only_insert ON {table};
        DROP TRIGGER append_only_update ON {table};
        CREATE TRIGGER append_only_update BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN (to_jsonb(OLD) IS DISTINCT FROM to_jsonb(NEW)) EXECUTE FUNCTION tenancy_refuse_change();
        REVOKE UPDATE ({", ".join(columns)}) ON {table} FROM crm_app;""",
    )


def erasable(table: str, columns: dict[str, str], *, movable: tuple[str, ...] = ()) -> migrations.RunSQL:
    """The one door by which an append-only table forgets a person (ADR 5): the function `<table>_erase(ids)`.

    `columns` are those its model declares to be erased, each with the SQL of the value that says nothing. Only the
    owner may change them, that is this function, which sets these values in rows of the entered tenant and
    nothing else. `movable` as in append_only.
    """
    free = "".join(f" - '{column}'" for column in movable)
    door = f" - CASE current_user WHEN '{OWNER_ROLE}' THEN ARRAY{sorted(columns)} ELSE ARRAY[]::text[] END"
    assignments = ", ".join(f"{column} = {value}" for column, value in columns.items())
    trigger = """DROP TRIGGER append_only_update ON {table};
        CREATE TRIGGER append_only_update BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN ((to_jsonb(OLD){free}) IS DISTINCT FROM (to_jsonb(NEW){free}))
            EXECUTE FUNCTION tenancy_refuse_change();"""
    return migrations.RunSQL(
        f"""{trigger.format(table=table, free=free + door)}
        CREATE FUNCTION {table}_erase(ids uuid[]) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER
            SET search_path = pg_catalog, public AS $body$
            WITH erased AS (
                UPDATE {table} SET {assignments}
                WHERE tenant_id = current_setting('app.tenant_id')::uuid AND id = ANY(ids) RETURNING 1
            ) SELECT count(*) FROM erased
            $body$;
        REVOKE ALL ON FUNCTION {table}_erase FROM PUBLIC; GRANT EXECUTE ON FUNCTION {table}_erase TO crm_app;""",
        f"DROP FUNCTION {table}_erase; {trigger.format(table=table, free=free)}",
    )


def definer_function(signature: str, returns: str, body: str, *, language: str = "sql") -> migrations.RunSQL:
    """A function that runs as the owner, outside the wall: its body must say which rows it gives.

    It is planned anew for each call, since a plan made for a small tenant scans a large one.
    """
    name = signature.split("(")[0]
    return migrations.RunSQL(
        f"""CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE {language} STABLE SECURITY DEFINER
            SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan AS $body$ {body} $body$;
        REVOKE ALL ON FUNCTION {name} FROM PUBLIC; GRANT EXECUTE ON FUNCTION {name} TO crm_app;""",
        f"DROP FUNCTION {name};",
    )
