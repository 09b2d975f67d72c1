"""The login with which a program for reports reads one company's views, as SQL for who administers the database."""

from psycopg import sql

from tenancy.models import Tenant

CONNECTIONS = 5
LIMITS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "1min",
    "search_path": "reporting",
}


def login_of(tenant: Tenant) -> str:
    """By this name reporting.tenant() knows whose login it is."""
    return f"read_{tenant.slug}"


def made(login: str, *, verifier: str, database: str) -> list[sql.Composed]:
    """The statements that make the login. `verifier` is what the database keeps of its password."""
    role = sql.Identifier(login)
    return [
        sql.SQL(
            "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT"
            " CONNECTION LIMIT {} PASSWORD {}"
        ).format(role, sql.Literal(CONNECTIONS), sql.Literal(verifier)),
        *(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(role, sql.Identifier(name), sql.Literal(value))
            for name, value in LIMITS.items()
        ),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), role),
    ]


def dropped(login: str, *, database: str) -> list[sql.Composed]:
    """The statements that take the login away and end what it is doing."""
    role = sql.Identifier(login)
    return [
        sql.SQL("ALTER ROLE {} NOLOGIN").format(role),
        sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {}").format(sql.Literal(login)),
        sql.SQL("REVOKE CONNECT ON DATABASE {} FROM {}").format(sql.Identifier(database), role),
        sql.SQL("DROP ROLE {}").format(role),
    ]
