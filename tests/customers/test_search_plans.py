"""Search never walks a table: one index answers each part, whatever the planner believes of the companies."""

import json
import re
from random import Random

import pytest
from django.db import connection

from bench import companies as invented_companies
from bench import invented
from bench.search import FORMS
from crm.lib import text
from customers import search
from customers.models import Customer, Identifier, Source, SourceRecord
from tenancy import context
from tenancy.database.bulk import fetch
from tenancy.models import Store

TABLES = "customers_customer, customers_identifier, customers_sourcerecord, customers_source"
SMALL = 500
ODD = [
    "王",
    "a",
    "%",
    "_",
    "\\",
    "%%%",
    "___",
    "'; --",
    "😀😀😀",
    "····",
    "a%b",
    "张_",
    "\\\\\\",
    "-" * 40,
    "zz9",
    "0000",
]
# The most rows that a part may look at.
BOUNDS = {
    "customers_identified": 1_000,
    "customers_begun": search.MOST,
    "customers_latest": 5_000,
    "customers_containing": 2_000,
    "customers_within": search.WALK,
}
SWITCHES = re.compile(r"(\w+)=(.+)")


@pytest.fixture(params=[20_000, pytest.param(1_000_000, marks=pytest.mark.nightly)])
def size(request):
    return request.param


@pytest.fixture
def grown(size, cast, tenant, other_tenant):
    """Grow the first company to so many customers, chunk by chunk; beside it stands one of five hundred."""
    made = {tenant.id: 0, other_tenant.id: 0}

    def grow(company, to: int) -> None:
        with context.entered(company.id):
            source, _new = Source.objects.get_or_create(key="member", defaults={"trust": 70})
            shops = [store.id for store in invented_companies.make_stores()]
            while made[company.id] < to:
                count = min(invented_companies.CHUNK, to - made[company.id])
                invented_companies.add(company.id, made[company.id], count, to, source, shops)
                made[company.id] += count

    grow(other_tenant, SMALL)
    analyze(100)
    grow(tenant, size)
    return grow


def analyze(target: int) -> None:
    fetch(f"SET LOCAL default_statistics_target = {target}")
    fetch(f"ANALYZE {TABLES}")


class Asked:
    """A function of the search as it runs: its own statement under its own settings, as its owner."""

    def __init__(self, name: str):
        ((source, types, names, settings),) = fetch(
            """SELECT prosrc, array(SELECT format_type(t, NULL) FROM unnest(proargtypes) t),
                   proargnames[1:pronargs], proconfig FROM pg_proc WHERE proname = %s""",
            [name],
        )
        self.name = name
        self.settings = [SWITCHES.fullmatch(one).groups() for one in settings]
        for number, argument in enumerate(names, 1):
            source = re.sub(rf"(?<!['.\w]){argument}\b(?!')", f"${number}", source)
        fetch(f"PREPARE {name}_asked ({', '.join(types)}) AS {source}")
        self.count = len(names)

    def plan(self, arguments: list) -> dict:
        given = ", ".join(["%s"] * self.count)
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT asked; RESET ROLE")
            for key, value in self.settings:
                cursor.execute(f"SET LOCAL {key} = {value}")
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {self.name}_asked ({given})", arguments)
            (told,) = cursor.fetchone()
            cursor.execute("ROLLBACK TO SAVEPOINT asked; RELEASE SAVEPOINT asked")
        return (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]


def nodes(plan: dict):
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


def faults(name: str, plan: dict) -> list[str]:
    found = []
    for node in nodes(plan):
        looked_at = sum(
            node.get(key, 0) for key in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        ) * node.get("Actual Loops", 1)
        kind = node["Node Type"]
        if kind == "Seq Scan" and node["Relation Name"] != "customers_source":
            found.append(f"{name}: reads all of {node['Relation Name']}")
        elif kind == "Bitmap Index Scan" and node["Index Name"] != "customer_parts":
            found.append(f"{name}: a bitmap of {node['Index Name']}")
        elif "Relation Name" in node and looked_at > BOUNDS[name]:
            found.append(f"{name}: {looked_at:.0f} rows by {node.get('Index Name', kind)}")
    return found


def asked_for(query: str, reach: search.Reach) -> list[tuple[str, list]]:
    """The functions that a search may ask by a member who sees all, and by one of this reach; with their arguments."""
    clean = text.clean(query)[: search.LONGEST].strip()
    if not clean:
        return []
    needle, everybody = search.needle_of(clean), [None, None, None]
    parts = [("customers_identified", search.digests(clean, "CN"))]
    parts.append(("customers_begun", [*needle[:2], search.MOST, *everybody]))
    if needle.is_short:
        parts.append(("customers_latest", [*needle[2:], search.MOST, *everybody]))
    if needle.pattern:
        parts.append(("customers_containing", [*needle[2:], search.MOST, *everybody]))
    parts.append(("customers_within", [*needle, search.WALK, *reach]))
    return parts


class Plain:
    """The same search over the same rows, by looking at each of them."""

    def __init__(self):
        self.people = list(Customer.objects.values_list("id", "name_key", "given_key", "initials", "pinyin"))
        self.held: dict[str, set] = {}
        for one in Identifier.objects.iterator():
            self.hold(one.customer_id, one.value)
            if one.kind == Identifier.Kind.PHONE:
                self.hold(one.customer_id, one.value[-4:])
                self.hold(one.customer_id, one.value.removeprefix("+86"))
        for id, reference in SourceRecord.objects.values_list("customer_id", "external_id"):
            self.hold(id, reference)

    def hold(self, id, word: str) -> None:
        self.held.setdefault(word, set()).add(id)

    def ranks(self, query: str) -> dict:
        """Customer id → 0 for an identifier, then as the name fits; 6 where it contains the query."""
        clean = text.clean(query)[: search.LONGEST].strip()
        if not clean:
            return {}
        needle = text.name_key(clean).strip()
        spelt = needle.replace(" ", "").replace("'", "") if re.fullmatch("[a-z ']+", needle) else needle
        long = re.search(r"[^\W_]{3}", needle)
        found = {id: 0 for word in {clean, clean.lower()} for id in self.held.get(word, ())}
        for id, name, given, initials, pinyin in self.people:
            tests = (
                name == needle, name.startswith(needle), given.startswith(needle), initials.startswith(spelt),
                pinyin.startswith(spelt), long and (needle in name or spelt in pinyin),
            )  # fmt: skip
            if id not in found and any(tests):
                found[id] = 1 + [bool(one) for one in tests].index(True)
        return found


def needles(random: Random, count: int, size: int) -> list[str]:
    start = random.randrange(max(1, size - 2_000))
    crowd = list(invented.people(start, 2_000, seed="bench"))
    made = [make(random.choice(crowd), random) for make in random.choices(list(FORMS.values()), k=count - len(ODD))]
    return [one for one in made if one] + ODD


def test_no_statistics_make_a_search_walk_and_it_finds_what_is_there(grown, size, tenant, other_tenant):
    states = [None, 1, 3, 10, 30, 100, 300, 1_000, 100, None]
    each = 40 if size < 100_000 else 400
    wrong, plans = [], 0
    parts = None
    for number, target in enumerate(states):
        if target:
            analyze(target)
        elif number:
            grown(tenant, size + size // 4)  # behind the statistics' back
        for company in (tenant, other_tenant):
            with context.entered(company.id):
                parts = parts or {name: Asked(name) for name in BOUNDS}
                store = Store.objects.order_by("code").last()
                reach = search.Reach([store.id], store.id, store.id)
                for query in needles(Random(f"{number}{company.slug}"), each, size if company == tenant else SMALL):
                    for name, arguments in asked_for(query, reach):
                        plans += 1
                        wrong += [f"{query!r}: {one}" for one in faults(name, parts[name].plan(arguments))]
    assert (wrong, plans > 10 * each) == ([], True)


def test_search_finds_what_looking_at_each_finds(grown, size, tenant, other_tenant):
    wrong = []
    for company in (tenant, other_tenant):
        with context.entered(company.id):
            plain = Plain()
            for query in needles(Random(company.slug), 400, size if company == tenant else SMALL):
                there, found = plain.ranks(query), search.candidates(query, region="CN", most=search.MOST)
                best = sorted(there.values())[: search.MOST]
                if [there.get(id) for id in found] != best:
                    wrong.append((company.slug, query, len(there), len(found)))
    assert wrong == []
