"""Search by each form at a thousand and a million customers, beside one probe of an index."""

from collections.abc import Callable
from random import Random
from urllib.parse import quote

from django.db import connection

from bench import companies, invented
from bench.browser import Browser
from bench.measuring import percentile, report, sample, statements
from crm.lib import text
from customers import search
from customers.models import Customer
from tenancy import context, lookups
from tenancy.models import Tenant

NEEDLES = 250
PAGES = 60
Make = Callable[[invented.Person, Random], str]
FORMS: dict[str, Make] = {
    "full_phone": lambda who, _random: who.phone.removeprefix("+86"),
    "last_four": lambda who, _random: who.phone[-4:],
    "surname": lambda who, _random: text.split_name(who.name)[0],
    "name_prefix": lambda who, _random: who.name[:2],
    "full_name": lambda who, _random: who.name,
    "given_name_of_two": lambda who, _random: who.name[-2:] if len(who.name) > 2 else "",
    "given_name_of_one": lambda who, _random: who.name[-1],
    "three_characters": lambda who, random: random_part(who.name, 3) if len(who.name) > 3 else who.name,
    "pinyin_prefix": lambda who, random: invented.forms(who.name).pinyin[: random.randrange(3, 7)],
    "pinyin_substring": lambda who, random: random_part(invented.forms(who.name).pinyin, random.randrange(4, 7)),
    "pinyin_given_name": lambda who, _random: invented.forms(text.split_name(who.name)[1]).pinyin,
    "two_letters": lambda who, _random: invented.forms(who.name).pinyin[:2],
    "initials": lambda who, _random: invented.forms(who.name).initials,
    "card": lambda who, _random: who.card,
    "email": lambda who, _random: who.email,
    "nobody": lambda who, random: "".join(random.choices("bcdfghjklmnpqrstvwxz", k=6)),
    "nobody_hanzi": lambda who, random: "".join(random.choices(invented.GIVEN, k=4)),
}


def main() -> None:
    companies.get_all()
    for slug in (companies.MILLION, companies.THOUSAND):
        browser = Browser(slug)
        for form, make in FORMS.items():
            measure(slug, browser, form, needles(slug, make))


def random_part(word: str, length: int) -> str:
    start = Random(word).randrange(1, max(2, len(word) - length + 1))
    return word[start : start + length]


def needles(slug: str, make: Make) -> list[str]:
    """What somebody would type for customers chosen at random; people of a whole chunk are invented anew."""
    random = Random("needles")
    size = companies.SIZES[slug]
    chunk = min(size, companies.CHUNK)
    start = random.randrange(0, size, chunk)
    crowd = list(invented.people(start, chunk, seed="bench"))
    random.shuffle(crowd)
    made = (make(who, random) for who in crowd)
    return [needle for needle in made if needle][:NEEDLES]


def measure(slug: str, browser: Browser, form: str, typed: list[str]) -> None:
    with context.entered(lookups.tenant_of_slug(slug)):
        member, tenant = companies.admin_of(slug), Tenant.objects.get()
        probes = probe()
        finding, loading, rows = [], [], []
        for needle in [*typed[:20], *typed]:  # twice: the first ones warm the cache
            with statements() as asked:
                rows.append(len(search.find(needle, member=member, region=tenant.region)))
            finding.append(sum(took for _sql, took in asked.asked[:-1]))
            loading.append(asked.asked[-1][1])
    pages = sample(lambda needle: browser.get(f"customers/?q={quote(needle)}", part=True), typed[:PAGES])
    whole = [a + b for a, b in zip(finding, loading, strict=True)]
    report(
        f"search.{form}.{slug}", percentile(finding[20:], 95), "SQL ms p95", limit=percentile(probes, 95), n=len(typed),
        p50=percentile(finding[20:], 50), worst=max(finding[20:]), with_rows_p95=percentile(whole[20:], 95),
        rows_p50=percentile(rows, 50), http_p50=pages.p50, http_p95=pages.p95, http_cpu=pages.cpu_p50,
    )  # fmt: skip


def probe() -> list[float]:
    """One row by its key, from the same connection."""
    ids = list(Customer.objects.values_list("id", flat=True)[:200])
    with connection.cursor() as cursor:
        return sample(lambda id: cursor.execute("SELECT name FROM customers_customer WHERE id = %s", [id]), ids).wall
