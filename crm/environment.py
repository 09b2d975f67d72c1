"""What the surroundings tell the product: environment variables, else the file `make run` leaves in the clone."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
EMBEDDED_ENV = BASE_DIR / ".state" / "env"


def load_embedded() -> None:
    """Take what `make run` tells of its servers, unless the surroundings name a database themselves."""
    if "DATABASE_URL" in os.environ:
        return
    try:
        lines = EMBEDDED_ENV.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        key, _, value = line.partition("=")
        if key and not key.startswith("#"):
            os.environ.setdefault(key.strip(), value.strip())


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    return text(name, str(default)).lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(url: str) -> dict:
    """Django's connection settings for a postgresql:// URL; its query (?sslmode=…) goes to libpq."""
    parts = urlsplit(url)
    return {
        "OPTIONS": dict(parse_qsl(parts.query)),
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


def email(url: str) -> dict:
    """Django's mail settings for smtp://, smtps:// (TLS from the start) or console:// URLs."""
    parts = urlsplit(url)
    sending = {"EMAIL_BACKEND": "tenancy.sending.MailBackend"}
    if parts.scheme == "console":
        return {**sending, "MAIL_TRANSPORT": "django.core.mail.backends.console.EmailBackend"}
    return {
        **sending,
        "MAIL_TRANSPORT": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_TIMEOUT": 10,
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username),
    }
