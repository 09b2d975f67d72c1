"""Operations for migrations of apps whose rows refer to a customer."""

from django.db import migrations

FOLLOW = """
CREATE FUNCTION customers_follow_merge_{column}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public
AS $$
DECLARE
    here uuid := NEW.{column};
    above uuid;
BEGIN
    LOOP
        SELECT merged_into_id INTO above FROM customers_customer
            WHERE tenant_id = NEW.tenant_id AND id = here FOR KEY SHARE;
        EXIT WHEN above IS NULL;
        INSERT INTO customers_mergemove (id, tenant_id, member_id, model, row_id)
            SELECT uuidv7(), NEW.tenant_id, m.id, TG_ARGV[0], NEW.id FROM customers_mergemember m
            JOIN customers_merge g ON g.tenant_id = m.tenant_id AND g.id = m.merge_id
            WHERE m.tenant_id = NEW.tenant_id AND m.customer_id = here AND g.undone_at IS NULL
            ON CONFLICT DO NOTHING;
        here := above;
    END LOOP;
    NEW.{column} := here;
    RETURN NEW;
END $$;
"""


def following(column: str) -> migrations.RunSQL:
    """The trigger function for references to a customer in `column`."""
    return migrations.RunSQL(FOLLOW.format(column=column), f"DROP FUNCTION customers_follow_merge_{column};")


def follows_merges(model: str, *, column: str = "customer_id", record: str = "") -> migrations.RunSQL:
    """No row of this model is ever written to a merged customer: it is written to whom that one was merged into, and
    noted so that it goes back with the merge. Who writes while a merge is under way waits for it here.

    Rows with a `record` are left out: their writers hold the record (identities.write), and they go where it goes.
    """
    table = model.lower().replace(".", "_")
    only = f" AND NEW.{record} IS NULL" if record else ""
    return migrations.RunSQL(
        f"""CREATE TRIGGER follow_merge BEFORE INSERT OR UPDATE OF {column} ON {table} FOR EACH ROW
            WHEN (NEW.{column} IS NOT NULL{only}) EXECUTE FUNCTION customers_follow_merge_{column}('{model}');""",
        f"DROP TRIGGER follow_merge ON {table};",
    )
