"""Companies with a thousand and a million customers, built once through temporary tables and used again."""

import sys
import time
from uuid import UUID

from django.db import connection

from bench import invented
from crm.lib.uuids import uuid7
from customers import identifiers
from customers.models import Customer, Identifier, Source
from sales import staging
from segmentation import scoring, stats
from tenancy import companies, context, lookups
from tenancy.database.bulk import fetch, stage
from tenancy.models import Membership, Store, Tenant
from tenancy.permissions import Scope

SMALL, THOUSAND, MILLION, BOUGHT = "bench-500", "bench-1k", "bench-1m", "bench-20-orders"
SIZES = {SMALL: 500, THOUSAND: 1000, MILLION: 1_000_000}
OTHERS = 30
CHUNK = 25_000
DAYS = 730
TABLES = (
    "customers_customer", "customers_sourcerecord", "customers_identifier", "sales_order",
    "segmentation_customerstats", "segmentation_customerday",
)  # fmt: skip
STAGED_PERSON = """id uuid, record_id uuid, card text, name text, name_key text, given_key text, pinyin text,
    initials text, gender text, phone bytea, email bytea, city text, store_id uuid, number int, orders int"""
STAGED_IDENTIFIER = "record_id uuid, customer_id uuid, kind text, value bytea, digest bytea, tail bytea, claim bool"
INSERTS = [
    """INSERT INTO customers_customer (id, tenant_id, kind, name, name_key, given_key, pinyin, initials, gender,
           phone, email, city, industry, store_id, created_at, updated_at)
       SELECT id, %(tenant)s, 'person', name, name_key, given_key, pinyin, initials, gender, phone, email, city, '',
           store_id, now() - make_interval(secs => (%(size)s - number) * 86400.0 * %(days)s / %(size)s), now()
       FROM staged_person ORDER BY id""",
    """INSERT INTO customers_sourcerecord (id, tenant_id, source_id, external_id, customer_id, created_at)
       SELECT record_id, %(tenant)s, %(source)s, card, id, now() FROM staged_person""",
    """INSERT INTO customers_identifier (id, tenant_id, record_id, customer_id, kind, value, digest, tail, claim)
       SELECT uuidv7(), %(tenant)s, record_id, customer_id, kind, value, digest, tail, claim FROM staged_identifier""",
    """INSERT INTO sales_order (id, tenant_id, source_id, number, record_id, customer_id, at, total, refunded,
           channel, created_at, updated_at)
       SELECT uuidv7(), %(tenant)s, %(source)s, card || '-' || place, record_id, id,
           date_trunc('second', now() - make_interval(secs => 86400.0 * %(days)s * (1 - sqrt(random())) + 3600)),
           round((20 + 300 * random() * random())::numeric, 2),
           CASE WHEN random() < .02 THEN 20 ELSE 0 END, '门店', now(), now()
       FROM staged_person, generate_series(1, orders) place""",
]
# Half of them stay, half leave on some day; how often they buy is exponential, twenty times on the average.
LIVES = """
    CREATE TEMP TABLE life ON COMMIT DROP AS
    SELECT uuidv7() AS id, uuidv7() AS record_id, number, orders, first,
           first + (1 - first) * CASE WHEN random() < .5 THEN 1 ELSE random() END AS last
    FROM (SELECT number, random() * .9 AS first, least(400, 1 + floor(-ln(1 - random()) * 19))::int AS orders
          FROM generate_series(%(start)s::int, %(start)s::int + %(count)s::int - 1) number) n
"""
BUYERS = [
    LIVES,
    """INSERT INTO customers_customer (id, tenant_id, kind, name, name_key, given_key, pinyin, initials, gender, city,
           industry, store_id, created_at, updated_at)
       SELECT id, %(tenant)s, 'person', '客' || number, '客' || number, '', '', '',
           (ARRAY['f', 'm', ''])[1 + number %% 3], (ARRAY['上海市', '杭州市', '北京市', '成都市'])[1 + number %% 4], '',
           (%(stores)s::uuid[])[1 + number %% cardinality(%(stores)s::uuid[])],
           now() - make_interval(secs => 86400.0 * %(days)s * (1 - first)), now() FROM life ORDER BY id""",
    """INSERT INTO customers_sourcerecord (id, tenant_id, source_id, external_id, customer_id, created_at)
       SELECT record_id, %(tenant)s, %(source)s, 'B' || lpad(number::text, 7, '0'), id, now() FROM life""",
    """INSERT INTO sales_order (id, tenant_id, source_id, number, record_id, customer_id, at, total, refunded,
           channel, store_id, created_at, updated_at)
       SELECT uuidv7(), %(tenant)s, %(source)s, number || '-' || place, record_id, id,
           date_trunc('second', now() - make_interval(
               secs => 86400.0 * %(days)s * (1 - first - (last - first) * CASE place WHEN 1 THEN 0 ELSE random() END)
                   + 3600)),
           round((20 + 300 * random() * random())::numeric, 2), CASE WHEN random() < .02 THEN 20 ELSE 0 END, '门店',
           (%(stores)s::uuid[])[1 + number %% cardinality(%(stores)s::uuid[])], now(), now()
       FROM life, generate_series(1, orders) place""",
    "DROP TABLE life",
]


def get(slug: str) -> UUID:
    """The company's id; it is built where it does not stand."""
    tenant_id = made(slug)
    build(tenant_id, slug, SIZES.get(slug, 1000))
    return tenant_id


def get_bought(size: int = 1_000_000) -> UUID:
    """A company whose customers have nothing but names and places, and twenty orders each on the average."""
    tenant_id = made(BOUGHT)
    begun = time.monotonic()
    with context.entered(tenant_id):
        done = Customer.objects.count()
        parameters = {"tenant": tenant_id, "stores": [store.id for store in make_stores()], "days": DAYS}
        source, _made = Source.objects.get_or_create(key="member", defaults={"trust": 70})
        if done >= size and stats_stand():
            return tenant_id
    for start in range(done, size, CHUNK):
        with context.entered(tenant_id):
            for statement in BUYERS:
                fetch(statement, parameters | {"source": source.id, "start": start, "count": min(CHUNK, size - start)})
        print(f"{BOUGHT}: {start + CHUNK:,} customers, {time.monotonic() - begun:.0f} s", file=sys.stderr)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    with context.entered(tenant_id):
        stats.rebuild()
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    with context.entered(tenant_id):
        scoring.score()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) segmentation_customerstats")
    print(f"{BOUGHT}: built in {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return tenant_id


def made(slug: str) -> UUID:
    tenant_id = lookups.tenant_of_slug(slug)
    if tenant_id is None:
        admin = companies.person(f"admin@{slug}.example", name="陈思远", language="zh-hans")
        tenant_id = companies.create(slug, name=slug, admin=admin).id
    return tenant_id


def get_all() -> None:
    """The small ones, many others beside them, the large one."""
    for slug in (SMALL, THOUSAND, *(f"bench-other-{number}" for number in range(OTHERS)), MILLION):
        get(slug)


def admin_of(slug: str) -> Membership:
    """Sees everybody. Call inside the company."""
    return Membership.objects.select_related("role", "user").get(scope=Scope.ALL, role__key="admin")


def empty() -> Tenant:
    """A company without anything, made anew under a name of its own. It stays: `make clean` removes all."""
    return companies.create(f"bench-empty-{uuid7().hex[-12:]}", name="bench")


def build(tenant_id: UUID, slug: str, size: int) -> None:
    begun = time.monotonic()
    with context.entered(tenant_id):
        done = Customer.objects.count()
        stores = [store.id for store in make_stores()]
        source, _made = Source.objects.get_or_create(key="member", defaults={"trust": 70})
        if done >= size and stats_stand():
            return
    for start in range(done, size, CHUNK):
        with context.entered(tenant_id):
            add(tenant_id, start, min(CHUNK, size - start), size, source, stores)
            grown = start // CHUNK
            if size > CHUNK and grown & (grown - 1) == 0:  # the tables have doubled
                staging.renew_statistics()
        print(
            f"{slug}: {min(start + CHUNK, size):,} customers, {time.monotonic() - begun:.0f} s",
            file=sys.stderr,
        )
    with context.entered(tenant_id):
        stats.rebuild()
        scoring.score()
    if size > CHUNK:
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")
    print(f"{slug}: built in {time.monotonic() - begun:.0f} s", file=sys.stderr)


def stats_stand() -> bool:
    return bool(fetch("SELECT 1 FROM segmentation_customerstats LIMIT 1"))


def make_stores() -> list[Store]:
    for number in range(1, 13):
        Store.objects.get_or_create(code=f"S{number:02d}", defaults={"name": f"第{number}门店", "city": "上海"})
    return list(Store.objects.all())


def add(tenant_id: UUID, start: int, count: int, size: int, source: Source, stores: list[UUID]) -> None:
    """Customers numbered from `start`, with records, identifiers and orders. Call inside the company."""
    seal_phone = Customer._meta.get_field("phone").seal
    seal_email = Customer._meta.get_field("email").seal
    seal = Identifier._meta.get_field("value").seal
    persons, found = [], []
    for number, person in enumerate(invented.people(start, count, seed="bench"), start):
        id, record_id, forms = uuid7(), uuid7(), invented.forms(person.name)
        persons.append(
            (
                id, record_id, person.card, person.name, *forms, person.gender, seal_phone(person.phone),
                seal_email(person.email) if person.email else None, person.city, stores[number % len(stores)],
                number, person.orders,
            )
        )  # fmt: skip
        tail = identifiers.tail_digest(person.phone[-4:])
        reached = (("phone", person.phone, tail, False), ("card", person.card, None, True))
        if person.email:
            reached += (("email", person.email, None, True),)
        found += [
            (record_id, id, kind, seal(value), identifiers.digest(kind, value), end, claim)
            for kind, value, end, claim in reached
        ]
    stage("staged_person", STAGED_PERSON, persons)
    stage("staged_identifier", STAGED_IDENTIFIER, found)
    for statement in INSERTS:
        fetch(statement, {"tenant": tenant_id, "source": source.id, "size": size, "days": DAYS})
