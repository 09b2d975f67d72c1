"""The bare thing of an import: the rows it made, by COPY into staging and upsert into equal plain tables."""

import os
import time
from uuid import UUID

import psycopg

LINES = ("sales_orderline",)
ALL = (
    "customers_customer", "customers_sourcerecord", "customers_sourceversion", "customers_identifier",
    "sales_product", "sales_order", "sales_orderline", "interactions_interaction", "segmentation_customerstats",
)  # fmt: skip


def owner() -> psycopg.Connection:
    """Sees all rows and may make tables."""
    return psycopg.connect(os.environ["OWNER_DATABASE_URL"])


class Plain:
    """The rows of one company, held in memory in COPY's own form."""

    def __init__(self, tenant_id: UUID, tables: tuple[str, ...]):
        self.rows, self.content = 0, {}
        with owner() as connection, connection.cursor() as cursor:
            for table in tables:
                with cursor.copy(f"COPY (SELECT * FROM {table} WHERE tenant_id = '{tenant_id}') TO STDOUT") as copy:
                    self.content[table] = b"".join(bytes(part) for part in copy)
                self.rows += cursor.rowcount

    def write(self) -> float:
        """Seconds for all tables: each has the product's indexes, but no policy, reference or trigger."""
        with owner() as connection, connection.cursor() as cursor:
            for table in self.content:
                cursor.execute(f"DROP TABLE IF EXISTS bench_{table}")
                cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING DEFAULTS INCLUDING INDEXES)")
            connection.commit()
            begun = time.perf_counter()
            for table, content in self.content.items():
                _upsert(cursor, table, content)
            connection.commit()
            seconds = time.perf_counter() - begun
            for table in self.content:
                cursor.execute(f"DROP TABLE bench_{table}")
        return seconds


def _upsert(cursor: psycopg.Cursor, table: str, content: bytes) -> None:
    cursor.execute(f"CREATE TEMP TABLE staged_{table} (LIKE {table})")
    with cursor.copy(f"COPY staged_{table} FROM STDIN") as copy:
        copy.write(content)
    cursor.execute(f"ANALYZE staged_{table}")
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")
    columns = [column.name for column in cursor.description]
    key = "tenant_id, customer_id" if table.endswith("stats") else "tenant_id, id"
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key.split(", "))
    cursor.execute(
        f"INSERT INTO bench_{table} SELECT * FROM staged_{table} ON CONFLICT ({key}) DO UPDATE SET {changes}"
    )
    cursor.execute(f"DROP TABLE staged_{table}")
