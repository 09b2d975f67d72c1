"""Filters by custom fields and tags use their indexes, behind row-level security too and however many customers."""

import json

import pytest
from django.db import connection
from django.http import QueryDict

from customers import defining, filtering, tagging
from customers.models import Customer
from tenancy.database.bulk import fetch

VALUED = {"customers_customvalue", "customers_customertag"}
RARE = ["x_size=4242", "x_size_from=100&x_size_to=120", "x_tea=红茶77", "x_tea_has=红茶77", "x_joined=2020-03-04"]
COMMON = ["x_size_from=1", "x_joined_from=2020-01-01", "x_tea_has=红", "tag=common", "tag=rare", "x_nobody=none"]


@pytest.fixture(params=[10_000, pytest.param(200_000, marks=pytest.mark.nightly)])
def many(request, cast, entered):
    """So many customers with three values each, and tags; another company has its own."""
    kinds = {"size": "number", "tea": "text", "joined": "date", "nobody": "number"}
    fields = {key: defining.define(label=key, key=key, kind=kind, by=cast.ada).id for key, kind in kinds.items()}
    tags = {name: tagging.named([name])[0].id for name in ("rare", "common")}
    told = {"tenant": entered.id, "people": request.param, **fields, **tags}
    fetch(
        """INSERT INTO customers_customer (id, tenant_id, kind, name, name_key, given_key, pinyin, initials, gender,
               city, industry, created_at, updated_at)
           SELECT uuidv7(), %(tenant)s, 'person', 'P' || n, 'p' || n, '', '', '', '', '', '',
                  now() - n * interval '1 minute', now() FROM generate_series(1, %(people)s) n""",
        told,
    )
    fetch(
        """INSERT INTO customers_customvalue (id, tenant_id, customer_id, field_id, text, key, number, day)
           SELECT uuidv7(), %(tenant)s, c.id, f.id, f.text, nullif(f.text, ''), f.number, f.day
           FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers_customer) c,
                LATERAL (VALUES (%(size)s::uuid, '', c.n * 10000, NULL),
                                (%(tea)s::uuid, '红茶' || c.n, NULL, NULL),
                                (%(joined)s::uuid, '', NULL, date '2020-01-01' + (c.n %% 2000)::int)
                        ) AS f (id, text, number, day)""",
        told,
    )
    fetch(
        """INSERT INTO customers_customertag (id, tenant_id, customer_id, tag_id)
           SELECT uuidv7(), %(tenant)s, c.id, t.id
           FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM customers_customer) c
           JOIN (VALUES (%(rare)s::uuid, 500), (%(common)s::uuid, 2)) AS t (id, each) ON c.n %% t.each = 0""",
        told,
    )
    fetch("ANALYZE customers_customer, customers_customvalue, customers_customertag")
    return request.param


def plan_of(address: str) -> tuple[set[str], float]:
    """What the first page of the list scans from end to end, and how many milliseconds it takes."""
    rows = Customer.objects.order_by("-created_at", "-id")
    for condition in filtering.conditions(QueryDict(address)):
        rows = rows.filter(condition.q)
    sql, parameters = rows[:51].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, parameters)
        told = cursor.fetchone()[0]
    told = json.loads(told) if isinstance(told, str) else told
    return {node["Relation Name"] for node in nodes(told[0]["Plan"]) if node["Node Type"] == "Seq Scan"}, told[0][
        "Execution Time"
    ]


def nodes(plan: dict):
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def test_first_page_of_a_filtered_list_reads_no_whole_table(many):
    found = {address: plan_of(address) for address in RARE + COMMON}
    assert {address: scanned & VALUED for address, (scanned, _took) in found.items()} == {
        address: set() for address in found
    }
    assert {address for address, (_scanned, took) in found.items() if took > 250} == set()


def test_two_filters_at_once_read_no_whole_table(many):
    scanned, took = plan_of("x_size_from=100&x_size_to=1000&x_joined_from=2020-01-01&tag=rare")
    assert (scanned & VALUED, took < 250) == (set(), True)
