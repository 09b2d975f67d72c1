"""Search by each form at five hundred and a million customers, beside one probe of an index."""

from collections.abc import Callable
from random import Random
from urllib.parse import quote

from django.db import connection

from bench import companies, invented
from bench.browser import Browser
from bench.measuring import Sample, percentile, report, sample, statements
from crm.lib import text
from customers import search
from customers.models import Customer
from tenancy import context, lookups
from tenancy.models import Membership, Tenant

NEEDLES = 200
PAGES = 40
TRIES = 3  # of each needle the best counts: other work on the machine is not the search's
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
    for slug in (companies.MILLION, companies.SMALL):
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
        tries = [searched(needle, member, tenant.region) for needle in typed for _turn in range(TRIES)]
    pages = pages_of(browser, "customers", typed)
    palette = pages_of(browser, "search", typed)
    finding = best([one[0] for one in tries])
    report(
        f"search.{form}.{slug}", percentile(finding, 95), "SQL ms p95", limit=percentile(probes, 50), n=len(typed),
        p50=percentile(finding, 50), worst=max(finding), first_p95=percentile([one[0] for one in tries[::TRIES]], 95),
        rows_p50=percentile([one[1] for one in tries], 50),
        http_p50=percentile(best(pages.wall), 50), http_p95=percentile(best(pages.wall), 95), http_cpu=pages.cpu_p50,
        palette_p50=percentile(best(palette.wall), 50), palette_p95=percentile(best(palette.wall), 95),
    )  # fmt: skip


def pages_of(browser: Browser, path: str, typed: list[str]) -> Sample:
    addresses = [f"{path}/?q={quote(needle)}" for needle in typed[:PAGES] for _turn in range(TRIES)]
    return sample(lambda address: browser.get(address, part=True), addresses)


def searched(needle: str, member: Membership, region: str) -> tuple[float, int]:
    """Milliseconds of the statements that find who fits and what of them, and how many those are."""
    with statements() as asked:
        found = len(search.matches(needle, member=member, region=region))
    return sum(milliseconds for _sql, milliseconds in asked.asked), found


def best(values: list[float]) -> list[float]:
    return [min(values[place : place + TRIES]) for place in range(0, len(values), TRIES)]


def probe() -> list[float]:
    """One row by its key, from the same connection."""
    ids = list(Customer.objects.values_list("id", flat=True)[:200])
    with connection.cursor() as cursor:
        return sample(lambda id: cursor.execute("SELECT name FROM customers_customer WHERE id = %s", [id]), ids).wall
