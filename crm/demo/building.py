"""Builds the demo companies through the product's own doors, and does nothing where they stand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from types import ModuleType

from django.utils import timezone, translation

from crm.demo import chinese, doubles, english, feedback, insight, selling, shopping
from customers import identities
from customers.matching import starting
from customers.models import Customer, Source
from interactions import timeline
from sales import orders, staging
from segmentation import scoring
from tenancy import companies, context, jobs, lookups
from tenancy.models import Membership, Store, Team
from tenancy.permissions import Scope

PASSWORD = "tongke demo 2026"
CHUNK = 4000


@dataclass(frozen=True)
class Company:
    slug: str
    name: str
    shop: ModuleType
    language: str
    size: int
    mail: str
    settings: dict = field(default_factory=dict)


COMPANIES = [
    Company("lanhu", "蓝湖生活", chinese, "zh-hans", 5000, "lanhu.example"),
    Company(
        "harbour", "Harbour Goods", english, "en", 300, "harbour.example",
        {"timezone": "Europe/London", "currency": "GBP", "region": "GB"},
    ),
]  # fmt: skip
# key, scope, Chinese and English name
STAFF = [
    ("admin", Scope.ALL, "陈思远", "Ada Marsh"),
    ("manager", Scope.STORE, "周洁", "Mark Dale"),
    ("sales", Scope.OWN, "李婷", "Sam Field"),
    ("clerk", Scope.STORE, "王磊", "Cleo Park"),
    ("service", Scope.ALL, "赵敏", "Serena Holt"),
]


def logins() -> list[str]:
    """One line per demo login."""
    return [f"{role}@{company.mail}  {PASSWORD}  ({company.name})" for company in COMPANIES for role, *_ in STAFF]


def build(company: Company, *, say: Callable[[str], object]) -> bool:
    """Make the company with its staff, customers and orders; False where it stands already."""
    if lookups.tenant_of_slug(company.slug):
        return False
    random = Random(company.slug)
    with translation.override(company.language):
        admin = _person(company, *STAFF[0])
        tenant = companies.create(company.slug, name=company.name, admin=admin, **company.settings)
    with context.entered(tenant.id):
        members = _staff(company)
        people = _people(random, company)
        selling.shelve(company.shop)
        say(f"{company.name}: {len(people)} customers")
    now = timezone.now().astimezone(tenant.zone)
    bought = 0
    for chunk in _chunks(_lines(random, people, company.shop, now)):
        with context.entered(tenant.id):
            source = Source.objects.get(key="member")
            orders.record(chunk, source=source)
        bought += len(chunk)
        say(f"{company.name}: {bought} order lines")
    with context.entered(tenant.id):
        staging.renew_statistics()
        _assign(random, people, members)
        _calls(random, members["sales"], company.language)
        scoring.score()
        programme = "会员积分" if company.language == "zh-hans" else "Members' points"
        selling.equip(random, name=programme, by=Membership.objects.get(user=admin))
        feedback.hear(random, language=company.language, by=members["service"])
        due = [starting.start(by=None, enqueue=False)]
        due += insight.know(language=company.language, by=Membership.objects.get(user=admin))
    for job in due:
        jobs.run(tenant.id, job.id, take_over=True)
    return True


def _person(company: Company, role: str, _scope: Scope, chinese_name: str, english_name: str):
    name = chinese_name if company.language == "zh-hans" else english_name
    return companies.person(f"{role}@{company.mail}", name=name, password=PASSWORD, language=company.language)


def _staff(company: Company) -> dict[str, Membership]:
    """The stores, and the members beside the admin by role."""
    for code, name, city in company.shop.STORES:
        Store.objects.create(code=code, name=name, city=city)
    team = Team.objects.create(name="华东" if company.language == "zh-hans" else "South")
    place = {"team": team, "store": Store.objects.order_by("code").first()}
    return {
        role: companies.add_member(_person(company, role, scope, *names), role=role, scope=scope, **place)
        for role, scope, *names in STAFF[1:]
    }


def _people(random: Random, company: Company) -> list[shopping.Shopper]:
    """Members with a card, a phone and mostly an e-mail; one in five is known to a second system by the same card."""
    shop = company.shop
    source = Source.objects.create(key="member", trust=70)
    second = Source.objects.create(key=list(shop.SOURCES.values())[-2], trust=40)
    members, others = [], []
    for number in range(1, company.size + 1):
        name, card = shop.name(random), f"M{number:06d}"
        content = {"name": name, "phone": shop.phone(random, number), "card": card}
        if random.random() < 0.6:
            content["email"] = f"member{number}@customer.example"
        if random.random() < 0.7:
            content["birthday"] = (
                f"{random.randrange(1955, 2006)}-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}"
            )
        content["gender"] = random.choice("fffm")
        content["city"] = random.choice(shop.STORES)[2]
        members.append(identities.Person(card, content))
        if random.random() < 0.2:
            others.append(identities.Person(f"u{number}", {"name": name, "card": card, "openid": f"oDemo{number:07d}"}))
    identities.record(members, source=source)
    identities.record(others, source=second)
    doubles.write_down(Random(f"{company.slug} fair"), members, shop)
    return [shopping.shopper(random, person.external_id, shop) for person in members]


def _lines(
    random: Random, people: list[shopping.Shopper], shop: ModuleType, now: datetime
) -> Iterator[list[orders.Line]]:
    """All orders in the order of time, numbered as a till would."""
    visits = sorted((at, place) for place, who in enumerate(people) for at in shopping.visits(random, who, now))
    for number, (at, place) in enumerate(visits, 1):
        yield shopping.order(random, people[place], at, f"{at:%y%m%d}{number:06d}", shop)


def _chunks(whole_orders: Iterator[list[orders.Line]]) -> Iterator[list[orders.Line]]:
    while group := list(islice(whole_orders, CHUNK // 2)):
        yield [line for lines in group for line in lines]


def _assign(random: Random, people: list[shopping.Shopper], members: dict[str, Membership]) -> None:
    """Everybody belongs to the store they shop at; one in five is looked after by the sales member."""
    source = Source.objects.get(key="member")
    for store in Store.objects.all():
        cards = [who.reference for who in people if who.store == store.code]
        Customer.objects.filter(records__source=source, records__external_id__in=cards).update(store=store)
    mine = random.sample([who.reference for who in people], k=len(people) // 5)
    Customer.objects.filter(records__source=source, records__external_id__in=mine).update(owner=members["sales"])


def _calls(random: Random, member: Membership, language: str) -> None:
    said = {
        "zh-hans": ["回访：对新款面霜很满意，下月还会来。", "电话未接，改天再打。", "问到会员日活动，已告知时间。", "希望送货时先打电话。"],
        "en": ["Happy with the blanket, will come back.", "No answer, try again.", "Asked about the winter sale.", "Please call before delivery."],
    }[language]  # fmt: skip
    for customer in Customer.objects.filter(owner=member).order_by("id")[:200]:
        at = timezone.now() - timedelta(days=random.randrange(60), minutes=random.randrange(600))
        timeline.record(customer, timeline.CALL_MADE, at=at, by=member, text=random.choice(said))
