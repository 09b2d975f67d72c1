"""Every page × role × object × method: what each cell must answer is written down here, not read from the code."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from customers import identities
from customers.models import Customer, Source
from sales.models import Order
from tenancy import companies, context
from tenancy.models import Membership
from tenancy.permissions import SEEDED_ROLES, Scope
from tests.cast import person
from tests.customers import matches as duplicates
from tests.feedback import asked as feedback
from tests.tenancy.test_isolation import fill, tenant_urls

# URL name · permission it takes · GET: is read (a form may be posted to it), POST: only acts · whose objects it names:
# scoped ones (the member's data scope decides), the company's, those of one member alone (the admin), or none.
TABLE = """
home                           -                  GET   -
search                         -                  GET   -
rfm_panel                      CUSTOMERS_VIEW     GET   -
customers:list                 CUSTOMERS_VIEW     GET   -
customers:filters              CUSTOMERS_VIEW     GET   -
customers:counts               CUSTOMERS_VIEW     GET   -
customers:columns              CUSTOMERS_VIEW     GET   -
customers:views                CUSTOMERS_VIEW     GET   -
customers:view                 CUSTOMERS_VIEW     GET   company
customers:view_change          CUSTOMERS_VIEW     GET   mine
customers:view_updates         CUSTOMERS_VIEW     POST  mine
customers:view_deletions       CUSTOMERS_VIEW     POST  mine
customers:view_defaults        CUSTOMERS_VIEW     POST  company
customers:bulk_changes         CUSTOMERS_EDIT     GET   -
customers:bulk_change          CUSTOMERS_EDIT     GET   mine
customers:bulk_starts          CUSTOMERS_EDIT     POST  mine
customers:bulk_undos           CUSTOMERS_EDIT     POST  mine
exports:list                   CUSTOMERS_EXPORT   GET   -
exports:create                 CUSTOMERS_EXPORT   GET   -
exports:detail                 CUSTOMERS_EXPORT   GET   company
exports:approvals              EXPORTS_APPROVE    POST  company
exports:refusals               EXPORTS_APPROVE    POST  company
exports:downloads              CUSTOMERS_EXPORT   POST  mine
customers:create               CUSTOMERS_EDIT     GET   -
customers:detail               CUSTOMERS_VIEW     GET   scoped
customers:edit                 CUSTOMERS_EDIT     GET   scoped
customers:reveals              CUSTOMERS_REVEAL   POST  scoped
customers:profile_panel        CUSTOMERS_VIEW     GET   scoped
customers:shares               CUSTOMERS_EDIT     POST  scoped
customers:share_removals       CUSTOMERS_EDIT     POST  company
customers:handovers            SETTINGS_EDIT      GET   company
customers:tags                 CUSTOMERS_EDIT     GET   scoped
customers:tag_removals         CUSTOMERS_EDIT     POST  company
customers:tag_names            CUSTOMERS_VIEW     GET   -
fields:list                    FIELDS_EDIT        GET   -
fields:create                  FIELDS_EDIT        GET   -
fields:detail                  FIELDS_EDIT        GET   company
fields:moves                   FIELDS_EDIT        POST  company
fields:archivings              FIELDS_EDIT        POST  company
fields:restorations            FIELDS_EDIT        POST  company
fields:tags                    FIELDS_EDIT        GET   -
fields:tag                     FIELDS_EDIT        GET   company
fields:tag_merges              FIELDS_EDIT        POST  company
fields:tag_deletions           FIELDS_EDIT        POST  company
figures_panel                  CUSTOMERS_VIEW     GET   scoped
offers_panel                   ORDERS_VIEW        GET   scoped
till:offers                    TILL_USE           GET   -
interactions:panel             CUSTOMERS_VIEW     GET   scoped
interactions:entries           INTERACTIONS_ADD   POST  scoped
sales:order_list               ORDERS_VIEW        GET   -
sales:order_detail             ORDERS_VIEW        GET   scoped
sales:refunds                  ORDERS_EDIT        POST  scoped
sales:customer_panel           ORDERS_VIEW        GET   scoped
imports:list                   IMPORTS_RUN        GET   -
imports:detail                 IMPORTS_RUN        GET   company
imports:starts                 IMPORTS_RUN        POST  company
imports:discards               IMPORTS_RUN        POST  company
imports:undoings               IMPORTS_RUN        POST  company
imports:problems               IMPORTS_RUN        GET   company
quality:due                    CUSTOMERS_VIEW     GET   -
quality:report                 INSIGHTS_VIEW      GET   -
quality:figures                INSIGHTS_VIEW      GET   -
quality:stewards               FIELDS_EDIT        GET   -
quality:standardisings         FIELDS_EDIT        POST  -
duplicates:queue               CUSTOMERS_MERGE    GET   -
duplicates:decided             CUSTOMERS_MERGE    GET   -
duplicates:bulk                CUSTOMERS_MERGE    GET   -
duplicates:bulk_detail         CUSTOMERS_MERGE    GET   mine
duplicates:bulk_undos          CUSTOMERS_MERGE    POST  mine
duplicates:selections          CUSTOMERS_MERGE    POST  -
duplicates:preview             CUSTOMERS_MERGE    GET   -
duplicates:merges              CUSTOMERS_MERGE    GET   -
duplicates:merge               CUSTOMERS_MERGE    GET   scoped
duplicates:unmerges            CUSTOMERS_MERGE    POST  scoped
duplicates:assignments         CUSTOMERS_MERGE    POST  scoped
duplicates:pair                CUSTOMERS_MERGE    GET   scoped
duplicates:decisions           CUSTOMERS_MERGE    POST  scoped
duplicates:withdrawals         CUSTOMERS_MERGE    POST  scoped
duplicates:reveals             CUSTOMERS_REVEAL   POST  scoped
duplicates:customer_panel      CUSTOMERS_VIEW     GET   scoped
duplicates:lineage             CUSTOMERS_VIEW     GET   scoped
duplicates:models              SETTINGS_EDIT      GET   -
duplicates:trainings           SETTINGS_EDIT      POST  -
duplicates:runs                SETTINGS_EDIT      POST  -
duplicates:activations         SETTINGS_EDIT      POST  company
privacy:panel                  CUSTOMERS_VIEW     GET   scoped
privacy:consents               CONSENTS_EDIT      POST  scoped
privacy:withdrawals            CONSENTS_EDIT      POST  scoped
privacy:exports                PRIVACY_EXPORT     POST  scoped
privacy:erasures               PRIVACY_ERASE      GET   scoped
privacy:erasure_detail         PRIVACY_ERASE      GET   company
privacy:policies               SETTINGS_EDIT      GET   -
sales:product_list             ORDERS_VIEW        GET   -
sales:product_create           PRODUCTS_EDIT      GET   -
sales:product_imports          PRODUCTS_EDIT      GET   -
sales:product                  PRODUCTS_EDIT      GET   company
jobs:list                      JOBS_VIEW          GET   -
jobs:news                      JOBS_VIEW          GET   -
jobs:detail                    JOBS_VIEW          GET   company
jobs:cancellations             JOBS_VIEW          POST  company
jobs:retries                   JOBS_VIEW          POST  company
till:till                      TILL_USE           GET   -
till:receipt_list              TILL_USE           GET   -
till:receipt                   TILL_USE           GET   company
till:return                    TILL_USE           GET   company
till:return_done               TILL_USE           GET   company
loyalty:customer_panel         POINTS_VIEW        GET   scoped
loyalty:adjustments            POINTS_ADJUST      POST  scoped
loyalty:cards                  CUSTOMERS_REVEAL   POST  scoped
loyalty:corrections            POINTS_APPROVE     GET   -
loyalty:approvals              POINTS_APPROVE     POST  company
loyalty:refusals               POINTS_APPROVE     POST  company
segments:list                  CUSTOMERS_VIEW     GET   -
segments:create                SEGMENTS_EDIT      GET   -
segments:proposals             SEGMENTS_EDIT      GET   -
segments:searches              SEGMENTS_EDIT      POST  -
segments:previews              SEGMENTS_EDIT      POST  -
segments:counts                SEGMENTS_EDIT      POST  -
segments:conditions            SEGMENTS_EDIT      POST  -
segments:detail                CUSTOMERS_VIEW     GET   company
segments:edit                  SEGMENTS_EDIT      GET   company
segments:count                 CUSTOMERS_VIEW     GET   company
segments:archivings            SEGMENTS_EDIT      POST  company
segments:picks                 SEGMENTS_EDIT      POST  company
segments:why                   CUSTOMERS_VIEW     GET   scoped
segments:customer_panel        CUSTOMERS_VIEW     GET   scoped
scales:stages                  SEGMENTS_EDIT      GET   -
scales:policies                SEGMENTS_EDIT      POST  -
scales:policy_deletions        SEGMENTS_EDIT      POST  company
scales:bands                   SEGMENTS_EDIT      GET   -
predictions:churn              INSIGHTS_VIEW      GET   -
predictions:churn_file         INSIGHTS_VIEW      GET   -
predictions:trainings          SEGMENTS_EDIT      POST  -
predictions:value              INSIGHTS_VIEW      GET   -
predictions:value_file         INSIGHTS_VIEW      GET   -
predictions:win_back           CUSTOMERS_VIEW     GET   -
predictions:files              CUSTOMERS_EXPORT   POST  -
predictions:people             CUSTOMERS_VIEW     GET   -
loyalty:programme              PROGRAMME_EDIT     GET   -
feedback:tickets               TICKETS_VIEW       GET   -
feedback:ticket_create         TICKETS_EDIT       GET   -
feedback:ticket                TICKETS_VIEW       GET   scoped
feedback:replies               TICKETS_EDIT       POST  scoped
feedback:notes                 TICKETS_EDIT       POST  scoped
feedback:assignments           TICKETS_EDIT       POST  scoped
feedback:priorities            TICKETS_EDIT       POST  scoped
feedback:closures              TICKETS_EDIT       POST  scoped
feedback:reopenings            TICKETS_EDIT       POST  scoped
feedback:customer_panel        TICKETS_VIEW       GET   scoped
feedback:invitations           INTERACTIONS_ADD   POST  scoped
feedback:invitation            INTERACTIONS_ADD   GET   scoped
feedback:survey                SURVEYS_EDIT       GET   -
webhooks:list                  WEBHOOKS_EDIT      GET   -
webhooks:new                   WEBHOOKS_EDIT      GET   -
webhooks:detail                WEBHOOKS_EDIT      GET   company
webhooks:edit                  WEBHOOKS_EDIT      GET   company
webhooks:pauses                WEBHOOKS_EDIT      POST  company
webhooks:resumptions           WEBHOOKS_EDIT      POST  company
webhooks:deletions             WEBHOOKS_EDIT      POST  company
webhooks:reveals               WEBHOOKS_EDIT      POST  company
webhooks:rotations             WEBHOOKS_EDIT      POST  company
webhooks:tests                 WEBHOOKS_EDIT      POST  company
webhooks:replays               WEBHOOKS_EDIT      POST  company
webhooks:repeats               WEBHOOKS_EDIT      POST  company
insights:overview              INSIGHTS_VIEW      GET   -
insights:grid                  INSIGHTS_VIEW      GET   -
insights:flow                  INSIGHTS_VIEW      GET   -
insights:cohorts               INSIGHTS_VIEW      GET   -
insights:pairs                 INSIGHTS_VIEW      GET   -
insights:left_out              SEGMENTS_EDIT      GET   -
insights:tops                  INSIGHTS_VIEW      GET   -
insights:overview_file         INSIGHTS_VIEW      GET   -
insights:grid_file             INSIGHTS_VIEW      GET   -
insights:flow_file             INSIGHTS_VIEW      GET   -
insights:cohorts_file          INSIGHTS_VIEW      GET   -
insights:pairs_file            INSIGHTS_VIEW      GET   -
insights:tops_file             INSIGHTS_VIEW      GET   -
insights:renewals              INSIGHTS_VIEW      POST  -
reporting:data                 CUSTOMERS_EXPORT   GET   -
reporting:files                CUSTOMERS_EXPORT   POST  -
reporting:downloads            CUSTOMERS_EXPORT   POST  company
settings:index                 SETTINGS           GET   -
settings:company               SETTINGS_EDIT      GET   -
settings:stores                SETTINGS_EDIT      GET   -
settings:store_create          SETTINGS_EDIT      GET   -
settings:store                 SETTINGS_EDIT      GET   company
settings:store_deletions       SETTINGS_EDIT      POST  company
settings:teams                 SETTINGS_EDIT      GET   -
settings:team_create           SETTINGS_EDIT      GET   -
settings:team                  SETTINGS_EDIT      GET   company
settings:team_deletions        SETTINGS_EDIT      POST  company
settings:staff                 SETTINGS_EDIT      GET   -
settings:member_create         SETTINGS_EDIT      GET   -
settings:member                SETTINGS_EDIT      GET   company
settings:deactivations         SETTINGS_EDIT      POST  company
settings:reactivations         SETTINGS_EDIT      POST  company
settings:invitations           SETTINGS_EDIT      POST  company
settings:roles                 SETTINGS_EDIT      GET   -
settings:role_create           SETTINGS_EDIT      GET   -
settings:permissions           SETTINGS_EDIT      POST  -
settings:role                  SETTINGS_EDIT      GET   company
settings:role_deletions        SETTINGS_EDIT      POST  company
settings:seeing_begins         SETTINGS_EDIT      POST  -
settings:seeing_ends           -                  POST  -
settings:tokens                TOKENS_EDIT        GET   -
settings:token_create          TOKENS_EDIT        GET   -
settings:revocations           TOKENS_EDIT        POST  company
settings:audit                 AUDIT_VIEW         GET   -
"""
ROLES = {
    "admin": Scope.ALL,
    "manager": Scope.STORE,
    "sales": Scope.OWN,
    "clerk": Scope.STORE,
    "service": Scope.TEAM,
}
ANY_OF = {
    "SETTINGS": {
        "SETTINGS_EDIT", "TOKENS_EDIT", "AUDIT_VIEW", "WEBHOOKS_EDIT", "PROGRAMME_EDIT", "PRODUCTS_EDIT",
        "SURVEYS_EDIT", "FIELDS_EDIT",
    },
}  # fmt: skip
# Posting without saying what: the file has been worked off, nobody is named.
NOTHING_NAMED = {"imports:discards", "settings:seeing_begins"}
# Of the whole company: a member who sees a part of the customers is told so.
FOR_ALL = {"reporting:data", "reporting:files", "reporting:downloads"}
UNSAFE = ("put", "patch", "delete")


@dataclass(frozen=True)
class Row:
    permission: str
    acts_only: bool
    kind: str


DECLARED = {
    name: Row(permission, method == "POST", kind)
    for name, permission, method, kind in (line.split() for line in TABLE.strip().splitlines())
}
KEYS = {
    name: sorted(key for key in converters if key.endswith("_id"))
    for name, converters in tenant_urls()
    if not name.startswith("api-") and "seal" not in converters
}


@dataclass
class Shop:
    """Ids of `own` (everybody's), `elsewhere` (another store's) and `foreign` (another company's) objects."""

    members: dict[str, Membership]
    ids: dict[str, dict[str, UUID]]


def staff(cast) -> dict[str, Membership]:
    """A member of each role, all of the first store and team."""
    return {
        role: companies.add_member(person(role), role=role, scope=scope, team=cast.team, store=cast.store)
        for role, scope in ROLES.items()
    }


@pytest.fixture
def shop(cast, tenant, other_tenant):
    with context.entered(tenant.id):
        members = staff(cast)
        own = fill(members["admin"])
        Customer.objects.update(owner=members["sales"], store=cast.store)
        elsewhere = own | _of_another_store(cast)
    with context.entered(other_tenant.id):
        foreign = fill(cast.charlie)
    return Shop(members, {"own": own, "elsewhere": elsewhere, "foreign": foreign})


def _of_another_store(cast) -> dict[str, UUID]:
    source = Source.objects.get(key="shop")
    known = identities.record([identities.Person("elsewhere", {"name": "李四"})], source=source)["elsewhere"]
    Customer.objects.filter(id=known.customer_id).update(store=cast.other_store)
    order = Order.objects.create(
        source=source, number="E-1", record_id=known.record_id, customer_id=known.customer_id,
        at=Order.objects.first().at,
    )  # fmt: skip
    doubles = duplicates.ids_of(duplicates.everything(None, Customer.objects.get(id=known.customer_id)))
    asked = feedback.everything(Customer.objects.get(id=known.customer_id), None)
    return {"customer_id": known.customer_id, "order_id": order.id, **asked, **doubles}


def expected(name: str, role: str, place: str, method: str) -> str:
    """What the cell must be: done, 403, 404 or 405."""
    row, rights = DECLARED[name], {str(one) for one in SEEDED_ROLES[role][1]}
    if row.acts_only and method != "post":
        return "405"
    if method in UNSAFE:
        return "405"
    if row.permission != "-" and not rights & ANY_OF.get(row.permission, {row.permission}):
        return "403"
    if name in FOR_ALL and ROLES[role] != Scope.ALL:
        return "403"
    if name in NOTHING_NAMED and method == "post":
        return "404"
    if row.kind == "mine" and role != "admin":
        return "404"
    unseen = row.kind == "scoped" and place == "elsewhere" and ROLES[role] != Scope.ALL
    return "404" if unseen or (place == "foreign" and row.kind != "-") else "done"


def told(status: int) -> str:
    return "done" if status in (200, 204, 302) else str(status)


def places(row: Row) -> list[str]:
    return {
        "scoped": ["own", "elsewhere", "foreign"],
        "company": ["own", "foreign"],
        "mine": ["own", "foreign"],
        "-": ["own"],
    }[row.kind]


def test_every_page_is_declared():
    existing = {name for name in KEYS if _is_of_a_company(name)}
    assert set(DECLARED) == existing


def _is_of_a_company(name: str) -> bool:
    arguments = dict.fromkeys(KEYS[name], "01900000-0000-7000-8000-000000000000")
    try:
        return reverse(name, kwargs={"tenant": "lanhu", **arguments}).startswith("/t/")
    except NoReverseMatch:
        return False


def test_the_matrix_has_its_size():
    cells = sum(len(ROLES) * (2 * len(places(row)) + len(UNSAFE)) for row in DECLARED.values())
    assert cells >= 2500


@pytest.mark.parametrize("group", sorted({name.partition(":")[0] for name in DECLARED}))
def test_pages_answer_each_role_as_declared(shop, group):
    pages = [name for name in DECLARED if name.partition(":")[0] == group]
    assert "\n".join(str(cell) for name in pages for cell in wrong_cells(shop, name)) == ""


def wrong_cells(shop: Shop, name: str) -> list[tuple]:
    row, wrong = DECLARED[name], []
    for role, member in shop.members.items():
        browser = Client()
        browser.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        for place in places(row):
            address = reverse(name, kwargs={"tenant": "lanhu", **{key: shop.ids[place][key] for key in KEYS[name]}})
            for method in ("get", "post", *(UNSAFE if place == "own" else ())):
                with transaction.atomic():
                    found = told(getattr(browser, method)(address).status_code)
                    transaction.set_rollback(True)
                if found != expected(name, role, place, method):
                    wrong.append((name, role, place, method, found, expected(name, role, place, method)))
    return wrong
