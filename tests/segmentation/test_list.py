"""The list's filters against a plain filter in Python over the same rows; chips, columns, saved views."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import custom, tagging
from customers.models import Customer, CustomField, Tag
from segmentation import narrowing, people, saved
from segmentation.exports import asking
from segmentation.models import OwnList, SavedView
from tenancy.models import Membership
from tests.pages import shop

LIST = "/t/lanhu/customers/"


@pytest.fixture
def stocked(cast, entered):
    """Twenty customers that differ in owner, store, city, kind, age, tags and an own field of each kind."""
    customers = shop.stock(20)
    kinds = {"size": "number", "since": "date", "colour": "choice", "vip": "boolean", "note": "text"}
    for key, kind in kinds.items():
        CustomField.objects.create(key=key, label=key, kind=kind, choices=["红", "蓝"] if kind == "choice" else [])
    told = {}
    for place, one in enumerate(customers):
        one.owner = [cast.ada, cast.alice, None][place % 3]
        one.store = [cast.store, cast.other_store, None][place % 3]
        one.city = ["上海", "北京"][place % 2]
        one.kind = ["person", "person", "company"][place % 3]
        one.created_at = timezone.now() - timedelta(days=place)
        one.save()
        texts = {"size": str(36 + place % 10), "since": f"2024-01-{place + 1:02}", "colour": ["红", "蓝"][place % 2]}
        texts |= {"vip": ["true", "false"][place % 2], "note": f"Note {place % 4}"}
        told[one.id] = texts if place % 5 else {}
    custom.keep(told)
    tagging.add([one.id for one in customers[:10]], ["甲"], by=cast.ada)
    tagging.add([one.id for one in customers[5:15]], ["乙"], by=cast.ada)
    return customers


def of(row, key: str):
    return custom.values_of([row.id]).get(row.id, {}).get(key)


def tags(row) -> set[str]:
    return {tag.name for tag in tagging.tags_of([row.id]).get(row.id, ())}


def figures(row):
    return people.figures([row], tenant=row.tenant)[row.id]


PLAIN = {
    "": lambda row: True,
    "owner=me": lambda row: str(row.owner) == "Ada",
    "owner=nobody": lambda row: row.owner is None,
    "owner={alice}": lambda row: str(row.owner) == "Alice",
    "store={store}": lambda row: row.store and row.store.code == "S1",
    "store=S2": lambda row: row.store and row.store.code == "S2",
    "store=none": lambda row: row.store is None,
    "city=上海": lambda row: row.city == "上海",
    "kind=company": lambda row: row.kind == "company",
    "since={week}": lambda row: timezone.localdate(row.created_at) >= timezone.localdate() - timedelta(days=7),
    "tag=甲": lambda row: "甲" in tags(row),
    "tag=甲&tag=乙": lambda row: {"甲", "乙"} <= tags(row),
    "tag=none": lambda row: not tags(row),
    "x_size=40": lambda row: of(row, "size") == 40,
    "x_size_from=38&x_size_to=41.5": lambda row: of(row, "size") and 38 <= of(row, "size") <= Decimal("41.5"),
    "x_since_to=2024-01-09": lambda row: of(row, "since") and str(of(row, "since")) <= "2024-01-09",
    "x_colour=红": lambda row: of(row, "colour") == "红",
    "x_vip=yes": lambda row: of(row, "vip") is True,
    "x_note=note 2": lambda row: of(row, "note") == "Note 2",
    "x_note=none": lambda row: of(row, "note") is None,
    "stage=lost": lambda row: figures(row).stage == "lost",
    "r=5&f=5": lambda row: (figures(row).r, figures(row).f) == (5, 5),
    "stage=loyal&tag=甲&city=上海": lambda row: (
        figures(row).stage == "loyal" and "甲" in tags(row) and row.city == "上海"
    ),
    "q=person&tag=乙&owner=me": lambda row: "乙" in tags(row) and str(row.owner) == "Ada",
    "sort=-monetary&x_colour=蓝": lambda row: of(row, "colour") == "蓝",
}


@pytest.mark.parametrize("query", PLAIN)
def test_filters_leave_what_a_plain_filter_leaves(query, stocked, cast, login, entered):
    week = timezone.localdate() - timedelta(days=7)
    address = query.format(alice=cast.alice.id, store=cast.store.id, week=week)
    expected = {row.id for row in Customer.objects.all() if PLAIN[query](row)}
    answer = login(cast.ada).get(f"{LIST}?{address or 'view=all'}")
    assert {row.id for row, _figures in answer.context["listing"].rows} == expected
    asked = narrowing.read(QueryDict(address), member=cast.ada)
    assert set(asking.fitting(asked, member=cast.ada, tenant=entered).values_list("id", flat=True)) == expected
    assert asked.lost == ()


def test_filters_hold_over_pages_and_in_the_members_scope(stocked, cast, entered):
    from segmentation.listing import listing

    asked = narrowing.read(QueryDict("tag=甲"), member=cast.ada)
    found, cursor = [], None
    while True:
        part = listing(
            asked.filters, member=cast.ada, tenant=entered, conditions=asked.conditions, cursor=cursor, size=3
        )
        found += [row.id for row, _figures in part.rows]
        if not (cursor := part.older):
            break
    assert found == [row.id for row in sorted(stocked[:10], key=lambda row: (row.created_at, row.id), reverse=True)]
    alice = Membership.objects.select_related("role", "user").get(id=cast.alice.id)
    mine = asking.fitting(asked, member=alice, tenant=entered)
    assert {row.owner_id for row in mine} == {cast.alice.id}


def test_each_filter_is_a_chip_that_says_what_it_is_and_goes_by_its_link(stocked, cast, login):
    query = "stage=lost&owner=me&city=上海&tag=甲&tag=乙&x_size_from=38&x_size_to=41"
    ada = login(cast.ada)
    ada.cookies["django_language"] = "en"
    answer = ada.get(f"{LIST}?{query}")
    labels = [str(chip.label) for chip in answer.context["asked"].chips]
    page = answer.content.decode()
    assert labels == ["Stage: Lost", "Mine", "City: 上海", "甲", "乙", "size: 38 – 41"]
    assert page.count('class="chip on" href') == len(labels)
    assert "stage=lost&amp;owner=me&amp;city=%E4%B8%8A%E6%B5%B7&amp;tag=%E4%B9%99&amp;x_size_from=38" in page


@pytest.mark.parametrize(
    "query",
    ["stage=x", "r=9", "store=zzz", "owner=zzz", "since=30.2.", "since=9999-01-01", "kind=x", "tag=zzz", "x_gone=1",
     "x_size=abc", "x_size_has=a", "owner=01900000-0000-7000-8000-000000000000"],
)  # fmt: skip
def test_what_means_nothing_is_left_out_and_told(query, stocked, cast, login):
    answer = login(cast.ada).get(f"{LIST}?{query}&city=上海")
    asked = answer.context["asked"]
    assert (answer.status_code, len(asked.lost), len(asked.chips)) == (200, 1, 1)
    assert asked.parameters.urlencode() == "city=%E4%B8%8A%E6%B5%B7"
    assert asked.lost[0].split(":")[0][:20] in answer.content.decode()


def test_one_tag_of_two_may_be_gone(stocked, cast):
    asked = narrowing.read(QueryDict("tag=甲&tag=zzz"), member=cast.ada)
    assert (len(asked.lost), [str(chip.label) for chip in asked.chips]) == (1, ["甲"])


def test_columns_are_chosen_ordered_and_remembered(stocked, cast, login):
    ada = login(cast.ada)
    ada.cookies["django_language"] = "en"
    told = {"column": ["tags", "x_size", "city", "zzz"], "place:x_size": "1", "place:tags": "3", "place:city": "2"}
    ada.post(f"{LIST}columns/", told)
    page = ada.get(LIST)
    assert [column.key for column in page.context["columns"]] == ["name", "x_size", "city", "tags"]
    assert '<span class="tag">甲</span>' in page.content.decode()
    assert OwnList.objects.get().columns == ["x_size", "city", "tags"]
    CustomField.objects.filter(key="size").update(is_active=False)
    assert [column.key for column in ada.get(LIST).context["columns"]] == ["name", "city", "tags"]
    ada.post(f"{LIST}columns/", {"usual": "1"})
    assert len(ada.get(LIST).context["columns"]) == 8


def queries_of(browser, url: str) -> int:
    browser.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200
    return sum("SAVEPOINT" not in one["sql"] and "set_config" not in one["sql"] for one in captured)


def test_tags_and_values_of_a_page_cost_a_query_each(stocked, cast, login, entered):
    ada = login(cast.ada)
    plain = queries_of(ada, LIST)
    saved.show_columns(["owner", "store", "city", "kind", "created"], by=cast.ada)
    assert (plain <= 8, queries_of(ada, LIST)) == (True, plain)
    saved.show_columns(["tags", "x_size", "x_since", "x_colour", "x_vip", "x_note"], by=cast.ada)
    many = queries_of(ada, LIST)
    assert many <= plain + 3
    tagging.add([one.id for one in shop.stock(20, source="other")], ["甲", "丙"], by=cast.ada)
    assert queries_of(ada, LIST) == many


# Saved views


def test_view_is_saved_with_its_columns_and_opens_as_it_was(stocked, cast, login):
    ada = login(cast.ada)
    saved.show_columns(["city"], by=cast.ada)
    query = "city=上海&tag=甲&sort=-monetary"
    made = ada.post(f"{LIST}views/", {"name": "上海甲", "query": query + "&after=x&view=all"})
    view = SavedView.objects.get()
    assert (view.name, view.columns, QueryDict(view.query)) == ("上海甲", ["city"], QueryDict(query))
    saved.show_columns([], by=cast.ada)
    opened = ada.get(made["Location"], follow=True)
    assert [column.key for column in opened.context["columns"]] == ["name", "city"]
    assert {row.city for row, _figures in opened.context["listing"].rows} == {"上海"}
    assert opened.context["view"].name == "上海甲"


def test_name_stands_once_among_ones_own(stocked, cast, login):
    ada = login(cast.ada)
    for _time in range(2):
        answer = ada.post(f"{LIST}views/", {"name": "A", "query": ""})
    assert (answer.status_code, SavedView.objects.count()) == (200, 1)
    assert answer.content.decode().count('class="errors"') == 1
    saved.save("A", parameters=QueryDict(""), by=cast.alice)


def test_shared_view_shows_each_reader_their_own(stocked, cast, login):
    view = saved.save("Tagged", parameters=QueryDict("tag=甲"), is_shared=True, by=cast.ada)
    opened = login(cast.alice).get(f"{LIST}views/{view.id}/", follow=True)
    assert {row.owner_id for row, _figures in opened.context["listing"].rows} == {cast.alice.id}
    assert login(cast.alice).post(f"{LIST}views/{view.id}/deletions/").status_code == 404
    assert login(cast.alice).get(f"{LIST}views/{view.id}/edit/").status_code == 404
    private = saved.save("Mine", parameters=QueryDict(""), by=cast.ada)
    assert login(cast.alice).get(f"{LIST}views/{private.id}/").status_code == 404


def test_view_of_me_is_the_readers(stocked, cast, login):
    view = saved.save("Mine", parameters=QueryDict("owner=me"), is_shared=True, by=cast.ada)
    opened = login(cast.alice).get(f"{LIST}views/{view.id}/", follow=True)
    assert {row.owner_id for row, _figures in opened.context["listing"].rows} == {cast.alice.id}


def test_view_whose_tag_is_gone_opens_and_says_so(stocked, cast, login):
    view = saved.save("Two", parameters=QueryDict("tag=甲&city=上海"), by=cast.ada)
    Tag.objects.all().delete()
    opened = login(cast.ada).get(f"{LIST}views/{view.id}/", follow=True)
    assert (opened.status_code, len(opened.context["asked"].lost)) == (200, 1)
    assert {row.city for row, _figures in opened.context["listing"].rows} == {"上海"}


def test_view_of_ones_choice_opens_first_and_the_whole_list_stays_in_reach(stocked, cast, login):
    ada, view = login(cast.ada), saved.save("First", parameters=QueryDict("city=上海"), by=cast.ada)
    ada.post(f"{LIST}views/{view.id}/defaults/")
    assert ada.get(LIST)["Location"] == f"{LIST}views/{view.id}/"
    assert len(ada.get(f"{LIST}?view=all").context["listing"].rows) == 20
    ada.post(f"{LIST}views/{view.id}/defaults/")
    assert ada.get(LIST).status_code == 200
    saved.begin_with(view, by=cast.ada)
    ada.post(f"{LIST}views/{view.id}/deletions/")
    assert ada.get(LIST).status_code == 200


def test_view_is_renamed_shared_and_brought_up_to_date(stocked, cast, login):
    ada, view = login(cast.ada), saved.save("A", parameters=QueryDict("city=上海"), by=cast.ada)
    ada.post(f"{LIST}views/{view.id}/edit/", {"name": "B", "is_shared": "on"})
    ada.post(f"{LIST}views/{view.id}/updates/", {"query": "city=北京"})
    view.refresh_from_db()
    assert (view.name, view.is_shared, QueryDict(view.query)) == ("B", True, QueryDict("city=北京"))


@pytest.mark.parametrize("query", ["q=a%26b%3Dc%2B%25+d&tag=%23", "q=王 小&tag=a;b", "", "x_note_has=%E4%B8%80"])
def test_what_is_kept_of_an_address_reads_back_as_it_was(query):
    parameters = QueryDict(query)
    assert narrowing.kept(QueryDict(narrowing.written(parameters))) == parameters
    assert narrowing.written(parameters) != ""


def test_view_that_named_an_erased_person_says_so(stocked, cast, login):
    view = saved.save("One", parameters=QueryDict("q=Person 3"), by=cast.ada)
    assert view.query == "q=Person 3"
    view.query = ""
    view.save()
    told = login(cast.ada).get(f"{LIST}views/").context["told"]
    assert [len(shows.lost) for _view, shows in told] == [1]
