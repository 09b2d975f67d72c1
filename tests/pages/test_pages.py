"""Every page in both languages, empty and with something to show; the parts htmx asks for; the cost of the list."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import identities
from customers.models import Customer, ImportRun, Source
from interactions.models import Interaction
from sales.models import Order
from tenancy import context, jobs
from tenancy.models import AuditEvent, Job
from tests.pages import shop

LANGUAGES = ["en", "zh-hans"]
PAGES = [
    "", "rfm/", "search/", "search/?q=zzz", "search/?q=person", "customers/",
    "customers/?city=zzz&tag=zzz&x_no=1&owner=me&since=2024-01-01", "customers/filters/",
    "customers/counts/", "customers/columns/", "customers/views/?owner=me", "customers/changes/", "exports/",
    "exports/new/?owner=me", "customers/new/", "orders/", "imports/", "jobs/",
    "settings/company/", "settings/stores/", "settings/stores/new/", "settings/teams/", "settings/teams/new/",
    "settings/staff/", "settings/staff/?gone=1", "settings/staff/?q=zzz", "settings/staff/new/", "settings/roles/",
    "settings/roles/new/", "settings/tokens/", "settings/tokens/new/", "settings/audit/",
    "settings/audit/?action=store.deleted",
    "settings/webhooks/", "settings/webhooks/new/", "till/", "till/receipts/", "settings/policy/",
    "settings/points/", "settings/stages/", "settings/bands/",
    "segments/", "segments/?q=zzz", "segments/new/", "segments/proposals/", "segments/new/?field=bought&rule=x",
    "till/offers/", "till/offers/?product=P1",
    "points/corrections/", "products/", "products/?q=zzz", "products/new/", "products/imports/",
    "settings/fields/", "settings/fields/new/", "settings/tags/",
    "duplicates/", "duplicates/?q=zzz&band=vetoed&bits=5", "duplicates/decided/", "duplicates/bulk/",
    "duplicates/bulk/?bits=-5", "duplicates/merges/", "settings/matching/",
    "insights/", "insights/?days=365", "insights/?days=zzz", "insights/grid/", "insights/flow/",
    "insights/flow/?from=zzz&to=2020-01-01", "insights/cohorts/", "insights/pairs/", "insights/pairs/left-out/",
    "insights/tops/", "insights/tops/?by=stores&months=12", "insights/tops/?by=categories",
    "quality/", "quality/figures/", "quality/due/", "quality/due/?fault=name_partial", "quality/stewards/",
    "insights/churn/", "insights/value/", "insights/win-back/", "insights/chances/", "insights/chances/?band=9",
    "insights/data/",
    "settings/survey/", "tickets/", "tickets/?view=mine", "tickets/?view=closed", "tickets/?q=zzz", "tickets/new/",
]  # fmt: skip
PANELS = [
    "",
    "timeline/",
    "orders/",
    "profile/",
    "figures/",
    "offers/",
    "privacy/",
    "points/",
    "feedback/",
    "duplicates/",
    "lineage/",
    "segments/",
]
HAN = re.compile(r"[\u4e00-\u9fff]+")
PART = {"HX-Request": "true"}


def texts(response) -> str:
    """What a page says, without what people have called things or written, what is marked as Chinese, and a
    language's own name."""
    words = re.sub(r'(?s)<textarea.*?</textarea>|<p[^>]* lang="zh-Hans".*?</p>|<[^>]*>', " ", response.content.decode())
    return re.sub("蓝湖百货|百货|管理员|店长|经理|销售|店员|客服|南京西路店|徐家汇店|中文", "", words)


@pytest.fixture
def ada(cast, login):
    return login(cast.ada)


@pytest.fixture(params=LANGUAGES)
def language(request, ada):
    ada.cookies["django_language"] = request.param
    return request.param


@pytest.fixture
def say(language):
    """Asserts that a response is a page in the language."""

    def check(response, status: int = 200):
        assert response.status_code == status
        assert f'<html lang="{"en" if language == "en" else "zh-Hans"}"' in response.content.decode()
        said = HAN.findall(texts(response))
        assert bool(said) == (language != "en"), said

    return check


@pytest.mark.parametrize("path", PAGES)
def test_page_of_a_new_company(path, ada, say, address):
    say(ada.get(address(path)))


@pytest.mark.parametrize("path", [*PAGES, "customers/?q=person", "customers/?stage=lost", "customers/?r=5&f=5&m=5"])
def test_page_with_customers(path, ada, say, address, stocked):
    say(ada.get(address(path)))


@pytest.mark.parametrize("path", [*PANELS, "edit/", "privacy/erasures/"])
def test_page_of_a_customer(path, ada, say, address, stocked):
    say(ada.get(address(f"customers/{stocked[0].id}/{path}")))


def test_page_of_an_order(ada, say, address, stocked, entered):
    for order in Order.objects.filter(customer=stocked[0]):
        say(ada.get(address(f"orders/{order.id}/")))


def test_settings_of_one_row(ada, say, address, cast):
    member, store, team = cast.alice, cast.store, cast.team
    for path in (f"staff/{member.id}/", f"stores/{store.id}/", f"teams/{team.id}/", f"roles/{member.role_id}/"):
        say(ada.get(address(f"settings/{path}")))
    say(ada.get(address(f"customers/handovers/{member.id}/")))


def test_pages_seen_as_a_colleague(ada, say, address, cast, stocked):
    ada.post(address("settings/seeing/"), {"member": cast.alice.id})
    for path, status in (("", 200), ("customers/", 200), ("settings/", 403), ("nowhere/", 404)):
        say(ada.get(address(path)), status)
    say(ada.post(address("customers/new/")), 403)


def test_companies(ada, say):
    say(ada.get("/companies/"))


def test_a_person_of_no_company_is_told_what_to_do(client, db):
    from tests.cast import person

    client.force_login(person("Eve"), backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = "en"
    assert "You are a member of no company yet" in client.get("/companies/").content.decode()


def test_form_with_errors_says_so_beside_the_fields(ada, say, address):
    response = ada.post(
        address("customers/new/"), {"kind": "person", "name": "", "phone": "12", "birthday": "2999-01-01"}
    )
    say(response)
    assert response.content.decode().count('class="errors"') == 3


def test_refund_beyond_the_order_is_refused_beside_its_field(ada, say, address, stocked, entered):
    order = Order.objects.filter(customer=stocked[1]).first()
    key = "0192f0c1-2f3a-7c3e-8a55-000000000001"
    response = ada.post(address(f"orders/{order.id}/refunds/"), {"key": key, "amount": "1000"})
    say(response)
    assert "120.50" in response.content.decode()


@pytest.mark.parametrize("path", ["customers/", "orders/", "imports/", "jobs/"])
def test_a_cursor_that_is_none_of_ours_is_a_bad_request_that_explains_itself(path, ada, say, address):
    say(ada.get(address(f"{path}?after=nonsense")), 400)


# Imports and jobs


def test_upload_leads_to_the_preview(ada, address, say):
    response = ada.post(address("imports/"), {"file": shop.file(), "source": "pos"}, follow=True)
    assert response.status_code == 200
    assert "D0" in response.content.decode()
    assert 'name="heading:订单编号"' in response.content.decode()


def test_upload_without_a_file_says_so(ada, address, say):
    response = ada.post(address("imports/"), {"source": "pos"})
    say(response)
    assert response.content.decode().count('class="errors"') == 1


@pytest.mark.parametrize(
    ("content", "refused"),
    [(b"", False), (b"%PDF-1.4 not a table", True), ("名字,备注\n张三,好\n".encode(), False)],
)
def test_a_file_that_cannot_be_imported_is_explained(content, refused, ada, cast, address, entered):
    ada.cookies["django_language"] = "en"
    run = shop.draft(cast.ada)
    run.stored = imports_of(content)
    run.save()
    shown = ada.get(address(f"imports/{run.id}/")).content.decode()
    assert ("This file cannot be read." in shown) == (refused or not content)
    assert "starts/" not in shown or "No column holds" in shown


def imports_of(content: bytes) -> str:
    from io import BytesIO

    from customers import files

    return files.store(BytesIO(content))[0]


def test_a_column_can_be_left_out_and_the_import_follows_the_page(ada, address, cast, entered):
    run = shop.draft(cast.ada, broken=False)
    page = ada.get(address(f"imports/{run.id}/"), {"heading:门店": ""}).content.decode()
    assert '<option value="" selected>' in page
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    hidden.pop("csrfmiddlewaretoken", None)
    assert hidden["heading:门店"] == ""
    assert hidden["heading:订单编号"] == "order"
    ada.post(address(f"imports/{run.id}/starts/"), hidden)
    run.refresh_from_db()
    assert run.plan["mapping"]["门店"] == ""
    assert run.job.state == Job.State.WAITING


def test_an_answer_that_cannot_be_right_is_no_fault_of_ours(ada, address, cast, entered):
    run = shop.draft(cast.ada)
    for answers in (
        {"encoding": "UTF-32"},
        {"encoding": "UTF-16LE"},
        {"delimiter": "|"},
        {"sheet": "x"},
        {"heading:x": "order"},
    ):
        assert ada.get(address(f"imports/{run.id}/"), answers).status_code == 200


def test_import_shows_its_progress_until_it_has_ended(ada, language, address, cast, entered):
    run = shop.started(cast.ada)
    job = run.job
    for page in (f"imports/{run.id}/", f"jobs/{job.id}/"):
        waiting = ada.get(address(page), headers=PART).content.decode()
        assert 'hx-trigger="every 1s"' in waiting
        assert "cancellations/" in waiting
        assert "<html" not in waiting
    shop.finish(run)
    done = ada.get(address(f"imports/{run.id}/"), headers=PART).content.decode()
    assert "every 1s" not in done
    assert "problems.csv" in done
    assert "<code>abc</code>" in done
    for page in (f"imports/{run.id}/", f"jobs/{job.id}/", "imports/", "jobs/"):
        assert ada.get(address(page)).status_code == 200


def test_problems_are_told_in_the_language_of_who_asked(ada, address, cast, entered):
    run = shop.draft(cast.ada)
    ada.cookies["django_language"] = "en"
    ada.post(address(f"imports/{run.id}/starts/"), {})
    run.refresh_from_db()
    shop.finish(run)
    assert not HAN.search(run.problems.get().reason)


def test_a_cancelled_job_can_go_on(ada, language, address, cast, entered):
    run = shop.started(cast.ada)
    back = address(f"imports/{run.id}/")
    assert ada.post(address(f"jobs/{run.job_id}/cancellations/"), {"next": back}).url == back
    assert "retries/" in ada.get(address(f"jobs/{run.job_id}/")).content.decode()
    away = ada.post(address(f"jobs/{run.job_id}/retries/"), {"next": "https://elsewhere.example/"})
    assert away.url == address(f"jobs/{run.job_id}/")
    assert Job.objects.get(id=run.job_id).state == Job.State.WAITING


def test_whoever_started_a_job_is_told_its_end_once_on_any_page(ada, address, cast, entered):
    run = shop.draft(cast.ada)
    ada.post(address(f"imports/{run.id}/starts/"), {})
    assert 'id="news"' in ada.get(address("customers/")).content.decode()
    assert "toast" not in ada.get(address("jobs/news/"), headers=PART).content.decode()
    run.refresh_from_db()
    shop.finish(run)
    told = ada.get(address("jobs/news/"), headers=PART).content.decode()
    assert address(f"imports/{run.id}/") in told
    assert 'id="news"' not in told
    assert 'id="news"' not in ada.get(address("customers/")).content.decode()


def test_jobs_under_way_stand_on_the_home_page(ada, address, cast, entered):
    run = shop.started(cast.ada)
    assert address(f"jobs/{run.job_id}/") in ada.get(address()).content.decode()


def test_a_failed_job_says_why(ada, language, address, cast, entered):
    run = shop.started(cast.ada)
    ImportRun.objects.filter(id=run.id).update(stored=imports_of(b"not a table"))
    jobs.run(run.tenant_id, run.job_id, take_over=True)
    job = Job.objects.get(id=run.job_id)
    assert job.state == Job.State.FAILED
    assert job.error in ada.get(address(f"jobs/{job.id}/")).content.decode()


# Parts


@pytest.mark.parametrize("path", PANELS)
def test_panel_alone_for_htmx_and_a_page_for_everyone_else(path, ada, address, stocked):
    url = address(f"customers/{stocked[0].id}/{path}")
    part, boosted = ada.get(url, headers=PART), ada.get(url, headers={**PART, "HX-Boosted": "true"})
    assert "<html" not in part.content.decode()
    assert "<html" in boosted.content.decode()
    assert "HX-Request" in part.headers["Vary"]


def test_search_gives_the_table_and_says_how_many(ada, address, stocked):
    ada.cookies["django_language"] = "en"
    part = ada.get(address("customers/"), {"q": "Person 1"}, headers=PART).content.decode()
    assert part.count('class="person-name row-link"') == 3  # 1, 10 and 11
    assert '<div hx-swap-oob="innerHTML:#found">3 customers found' in part
    assert "<html" not in part


@pytest.mark.parametrize("sort", ["", "-created_at", "-last_at", "-monetary", "-frequency"])
@pytest.mark.parametrize("stage", ["", "prospect", "lost", "loyal"])
def test_every_stage_in_every_order(stage, sort, ada, address, stocked, entered):
    Customer.objects.create(name="Nobody yet")
    listed = ada.get(address("customers/"), {"stage": stage, "sort": sort})
    assert listed.status_code == 200
    assert ("Nobody yet" in listed.content.decode()) == (
        stage == "prospect" or (not stage and sort in ("", "-created_at"))
    )


def test_filters_stay_in_the_address(ada, address, stocked):
    page = ada.get(address("customers/"), {"stage": "loyal", "r": "5", "q": "person"}).content.decode()
    assert 'href="/t/lanhu/customers/?r=5&amp;q=person&amp;stage=new"' in page
    assert '<input type="hidden" name="stage" value="loyal">' in page
    assert '<option value="5" selected>R5</option>' in page


def test_pages_of_the_list_lead_on_and_back(ada, address, cast, entered):
    shop.stock(60)
    first = ada.get(address("customers/"))
    older = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1]
    second = ada.get(address("customers/") + older.replace("&amp;", "&")).content.decode()
    assert second.count('class="person-name row-link"') == 10
    assert 'rel="prev"' in second


def test_timeline_goes_on_where_the_page_ended(ada, address, cast, stocked, entered):
    from interactions import timeline

    for number in range(35):
        timeline.record(stocked[1], timeline.NOTE_ADDED, text=f"Note {number}", by=cast.ada)
    panel = ada.get(address(f"customers/{stocked[1].id}/timeline/"), headers=PART).content.decode()
    older = re.search(r'hx-get="([^"]+after=[^"]+)"', panel)[1]
    assert "Note 34" in panel
    assert "Note 1<" not in panel
    assert "Note 1<" in ada.get(older, headers=PART).content.decode()


def test_a_note_is_logged_with_and_without_htmx(ada, address, stocked, entered):
    url = address(f"customers/{stocked[2].id}/timeline/entries/")
    part = ada.post(url, {"kind": "call.made", "text": "Wants a quote"}, headers=PART)
    assert "Wants a quote" in part.content.decode()
    assert "<html" not in part.content.decode()
    response = ada.post(url, {"kind": "note.added", "text": "Second"})
    assert response.status_code == 302
    assert Interaction.objects.filter(customer=stocked[2], kind__in=["call.made", "note.added"]).count() == 2
    refused = ada.post(url, {"kind": "note.added", "text": ""}, headers=PART)
    assert 'class="errors"' in refused.content.decode()


def test_contact_data_is_masked_until_it_is_revealed(ada, address, cast, stocked, entered):
    url = address(f"customers/{stocked[0].id}/")
    assert "139 **** 0000" in ada.get(url).content.decode()
    assert "13912340000" not in ada.get(url).content.decode()
    assert "+8613912340000" in ada.post(f"{url}reveals/", headers=PART).content.decode()
    assert "+8613912340000" in ada.post(f"{url}reveals/").content.decode()
    assert AuditEvent.objects.filter(action="customer.revealed", subject_id=stocked[0].id).count() == 2


def test_who_may_not_reveal_edits_without_seeing(cast, login, address, stocked, entered):
    customer = stocked[0]
    customer.owner = cast.alice
    customer.save()
    bob = login(cast.bob)
    url = address(f"customers/{customer.id}/edit/")
    form = bob.get(url).content.decode()
    assert "12340000" not in form
    assert "139 **** 0000" in form
    bob.post(url, {"kind": "person", "name": "New name", "phone": "", "owner": str(cast.alice.id)})
    customer.refresh_from_db()
    assert (customer.name, customer.phone) == ("New name", "+8613912340000")


def test_a_clerk_sees_no_button_that_would_refuse_them(cast, login, address, stocked, entered):
    customer = stocked[0]
    customer.owner = cast.alice
    customer.save()
    page = login(cast.bob).get(address(f"customers/{customer.id}/")).content.decode()
    assert "reveals/" not in page
    assert "edit/" in page
    home = login(cast.bob).get(address()).content.decode()
    assert "imports/" not in home


# The cost


def queries_of(client, url: str) -> int:
    """How many there are, but for those by which a test's transaction stands in for a request's own."""
    client.get(url)  # keys are remembered from here on
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return sum("SAVEPOINT" not in query["sql"] and "set_config" not in query["sql"] for query in captured)


def test_the_list_takes_eight_queries_whatever_its_length(ada, address, tenant, cast):
    with context.entered(tenant.id):
        shop.stock(3)
        Customer.objects.update(store=cast.store)
    urls = [
        address(f"customers/{query}")
        for query in ("", "?stage=active", "?r=5&f=5", f"?store={cast.store.id}&sort=-monetary")
    ]
    few = [queries_of(ada, url) for url in urls]
    with context.entered(tenant.id):
        shop.stock(30, source="other")
        Customer.objects.update(store=cast.store)
    assert [queries_of(ada, url) for url in urls] == few
    assert max(few) <= 8


@pytest.mark.parametrize("path", ["", "orders/", "imports/", "jobs/"])
def test_lists_cost_the_same_with_one_row_and_with_three(path, ada, address, tenant, cast):
    def fill():
        with context.entered(tenant.id):
            shop.stock(2, source=f"s{Order.objects.count()}")
            shop.finish(shop.started(cast.ada))

    fill()
    few = queries_of(ada, address(path))
    fill()
    fill()
    assert queries_of(ada, address(path)) == few


def test_search_that_finds_many_shows_the_first_and_says_so(ada, address, entered):
    source = Source.objects.create(key="many")
    identities.record([identities.Person(f"Q{n}", {"name": f"Same {n}"}) for n in range(60)], source=source)
    ada.cookies["django_language"] = "en"
    page = ada.get(address("customers/?q=same")).content.decode()
    assert page.count("Same ") >= 50
    assert "The first 50 of 60 found" in page
