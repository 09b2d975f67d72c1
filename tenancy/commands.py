"""What the commands of one tenant share."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenancy import context, lookups


class TenantCommand(BaseCommand):
    """A command that works for the company named by --tenant."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG", help="the company's short name")

    @contextmanager
    def entered(self, slug: str) -> Iterator[None]:
        """The company entered. Raises CommandError where there is none of that name."""
        with context.entered(self.tenant_id(slug)):
            yield

    def tenant_id(self, slug: str) -> UUID:
        tenant_id = lookups.tenant_of_slug(slug)
        if tenant_id is None:
            raise CommandError(f"no company “{slug}”; make one with create_tenant")
        return tenant_id

    def print_json(self, result: dict) -> None:
        self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))


def day(text: str) -> date:
    """An argument of the form YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise CommandError(f"“{text}” is not a date; write YYYY-MM-DD") from problem
