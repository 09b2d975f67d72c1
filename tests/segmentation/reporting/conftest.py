import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from types import SimpleNamespace
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from customers import merging
from customers.models import Customer, Merge
from privacy import erasure
from segmentation.models import Prediction, ScoreChange, Segment, SegmentMember
from tenancy import companies, context
from tenancy.models import Membership, Store
from tests.pages import shop


def company(slug: str) -> SimpleNamespace:
    """A company in whose every view something stands; one of its customers was merged away and one erased."""
    tenant = companies.create(slug, name=slug, admin=companies.person(f"ada@{slug}.example", name="Ada"))
    with context.entered(tenant.id):
        ada = Membership.objects.get()
        Store.objects.get_or_create(code="S1", defaults={"name": f"Store of {slug}"})
        bought = shop.stock(6)
        ScoreChange.objects.get_or_create(customer=bought[0], day="2020-01-01", defaults={"score": 543, "stage": "new"})
        Prediction.objects.create(
            customer=bought[0], p_buy=0.25, horizon_days=30, expected=1, clv=10, clv_low=5, clv_high=20, at_stake=1,
            as_of="2026-01-01",
        )  # fmt: skip
        open_one = Segment.objects.create(name="VIP", key="vip", kind="static")
        hidden = Segment.objects.create(name="Mine", key="mine", kind="static", is_shared=False, created_by=ada)
        for segment in (open_one, hidden):
            for customer in bought:
                SegmentMember.objects.create(segment=segment, customer=customer)
    with context.entered(tenant.id):
        merging.merge(bought[1], [bought[2]], origin=Merge.Origin.HAND, by=ada)
    with context.entered(tenant.id):
        erasure.erase(Customer.objects.get(id=bought[3].id), by=ada)
    return SimpleNamespace(tenant=tenant, slug=slug, ada=ada, customers=[one.id for one in bought], segment=open_one.id)


def printed(*arguments: str) -> tuple[str, str]:
    """What the command prints: the SQL, and what it says to the person."""
    out, err = StringIO(), StringIO()
    call_command("reader", *arguments, stdout=out, stderr=err, no_color=True)
    return out.getvalue(), err.getvalue()


def as_administrator(statements: str) -> None:
    url = urlsplit(os.environ["ADMIN_DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    with psycopg.connect(url.geturl(), autocommit=True) as administrator:
        administrator.execute(statements)


@contextmanager
def reading(login: str, password: str, **options) -> Iterator[psycopg.Connection]:
    url = urlsplit(os.environ["ADMIN_DATABASE_URL"])
    with psycopg.connect(
        host=url.hostname, port=url.port, dbname=connection.settings_dict["NAME"], user=login, password=password,
        autocommit=True, **options,
    ) as opened:  # fmt: skip
        yield opened


@pytest.fixture
def companies_of_readers(transactional_db) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Two companies. Their names are of this test alone, since logins are those of the whole server."""
    return company(f"a-{uuid4().hex[:12]}"), company(f"b-{uuid4().hex[:12]}")


@pytest.fixture
def reader(companies_of_readers) -> Iterator[SimpleNamespace]:
    """The first company and the password of its login, made by the very SQL that the command prints."""
    mine, other = companies_of_readers
    statements, told = printed("--tenant", mine.slug)
    as_administrator(statements)
    password = told.split("password ")[1].split()[0]
    assert password not in statements
    yield SimpleNamespace(mine=mine, other=other, login=f"read_{mine.slug}", password=password)
    dropping, _told = printed("--tenant", mine.slug, "--drop")
    as_administrator(dropping)
