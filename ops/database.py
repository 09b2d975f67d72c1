"""What a database must be for the product: its roles, its rights, its version and locale."""

import psycopg
from psycopg import sql

from ops.ports import LOCALHOST
from ops.problem import Problem

DATABASE = "tongke"
# The owner migrates, and makes and drops test databases. The application's role is what row-level
# security holds against. Neither may go round it.
ROLES = {
    "crm_owner": "LOGIN CREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS NOREPLICATION",
    "crm_app": "LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS NOREPLICATION",
}
_TRUSTED_EXTENSIONS = ("pg_trgm", "btree_gin", "unaccent")


def prepare(port: int, secrets: dict[str, str]) -> None:
    """Give our own cluster its roles and database; doing it again changes nothing.

    Raises Problem when the server could not serve the product.
    """
    as_superuser = {
        "host": LOCALHOST,
        "port": port,
        "user": "postgres",
        "password": secrets["postgres"],
        "autocommit": True,
    }
    with psycopg.connect(dbname="postgres", **as_superuser) as connection:
        _ensure_roles(connection, secrets)
        _ensure_database(connection)
    with psycopg.connect(dbname=DATABASE, **as_superuser) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("SET ROLE crm_owner")
        for extension in _TRUSTED_EXTENSIONS:
            connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        check(connection)


def _ensure_roles(connection: psycopg.Connection, secrets: dict[str, str]) -> None:
    known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
    for role, rights in ROLES.items():
        connection.execute(
            sql.SQL("{verb} ROLE {role} {rights} PASSWORD {password}").format(
                verb=sql.SQL("ALTER" if role in known else "CREATE"),
                role=sql.Identifier(role),
                rights=sql.SQL(rights),
                password=sql.Literal(secrets[role]),
            )
        )
    # So that the owner can put the application's role on, as the tests do.
    connection.execute("GRANT crm_app TO crm_owner")
    # For measuring: whose statements took how long.
    connection.execute("GRANT pg_read_all_stats TO crm_owner")


def _ensure_database(connection: psycopg.Connection) -> None:
    known = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
    if DATABASE not in known:
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER crm_owner")
    connection.execute(f"REVOKE ALL ON DATABASE {DATABASE}, postgres FROM PUBLIC")
    # TEMPORARY: rows of an import are copied into a temporary table first.
    connection.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO crm_app")
    # From here Django makes test databases.
    connection.execute("GRANT CONNECT ON DATABASE postgres TO crm_owner")


def check_url(url: str) -> None:
    """Raise Problem when the database at `url` cannot be reached or would not do."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            check(connection)
    except psycopg.OperationalError as error:
        raise Problem(f"The database of DATABASE_URL cannot be reached:\n{error}") from None


def check(connection: psycopg.Connection) -> None:
    """Raise Problem unless this is PostgreSQL 18 or later and takes Chinese letters for letters."""
    version = connection.info.server_version
    if version < 180000:
        raise Problem(f"PostgreSQL 18 or later is needed; this is {version // 10000}.")
    if not _knows_chinese(connection):
        raise Problem(
            "This database does not take Chinese characters for letters, so that searching names"
            " would scan every row.\nMake it with: initdb --encoding=UTF8 --locale-provider=builtin"
            " --locale=C.UTF-8"
        )


def _knows_chinese(connection: psycopg.Connection) -> bool:
    """Whether 张三丰 has trigrams; where the extension is yet to be made, whether 张 is a letter."""
    installed = "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'"
    if connection.execute(installed).fetchone():
        return bool(connection.execute("SELECT cardinality(show_trgm('张三丰')) > 0").fetchone()[0])
    return bool(connection.execute("SELECT '张' ~ '^[[:alpha:]]$'").fetchone()[0])
