"""Settings → Fields and Tags, the company's own fields in a customer's form, tags on the customer's page."""

from decimal import Decimal

import pytest

from customers import custom, defining, editing, identities, retiring, tagging, vocabulary
from customers.models import Customer, CustomField, Source, Tag
from customers.values import Kind
from tenancy import context, jobs
from tenancy.models import AuditEvent, Job


@pytest.fixture
def browser(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def customer(entered, cast):
    return editing.create({"name": "张三"}, owner=cast.ada, store=None, by=cast.ada)


def made(by, label="Shoe size", kind=Kind.NUMBER, **more) -> CustomField:
    return defining.define(label=label, kind=kind, by=by, **more)


def address(path: str) -> str:
    return f"/t/lanhu/{path}"


def errors(response, form="form") -> dict:
    return {name: list(texts) for name, texts in response.context[form].errors.items()}


FORM = {"kind": "person", "name": "张三"}


def test_field_is_made_and_stands_at_once_in_the_customers_form(browser, tenant, customer):
    told = {"label": "鞋码", "kind": "choice", "choices": "38\n39\r\n\n40", "key": ""}
    assert browser.post(address("settings/fields/new/"), told).status_code == 302
    with context.entered(tenant.id):
        field = CustomField.objects.get()
    assert (field.key, field.choices, field.is_active) == ("xiema", ["38", "39", "40"], True)
    page = browser.get(address(f"customers/{customer.id}/edit/")).content.decode()
    assert '<select name="x_xiema"' in page
    browser.post(address(f"customers/{customer.id}/edit/"), {**FORM, "x_xiema": "39"})
    assert "<dd>39" in browser.get(address(f"customers/{customer.id}/profile/")).content.decode()


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"label": "A", "kind": "text", "key": "name"}, {"key"}),
        ({"label": "A", "kind": "text", "key": "9a"}, {"key"}),
        ({"label": "A", "kind": "text", "key": "size_from"}, {"key"}),
        ({"label": "A", "kind": "text", "key": "shoe_size"}, {"key"}),
        ({"label": "SHOE  size", "kind": "text"}, {"label"}),
        ({"label": "", "kind": "text"}, {"label"}),
        ({"label": "A", "kind": "colour"}, {"kind"}),
        ({"label": "A", "kind": "choice"}, {"choices"}),
        ({"label": "A", "kind": "text", "choices": "x"}, {"choices"}),
        ({"label": "A", "kind": "choice", "choices": "红色\n紅色"}, {"choices"}),
        ({"label": "A", "kind": "choice", "choices": "x" * 61}, {"choices"}),
        ({"label": "A", "kind": "choice", "choices": "\n".join(map(str, range(101)))}, {"choices"}),
    ],
)
def test_what_is_no_field_is_refused_at_its_place(browser, entered, cast, told, wrong):
    made(cast.ada)
    assert set(errors(browser.post(address("settings/fields/new/"), told))) == wrong
    assert CustomField.objects.count() == 1


@pytest.mark.parametrize(
    ("label", "key"),
    [("Shoe size", "shoe_size"), ("喜欢的茶", "xihuandecha"), ("2nd name", "field_2nd_name"), ("Name", "name_2"),
     ("…", "field_2"), ("ab_to", "ab_to_2")],
)  # fmt: skip
def test_key_is_made_from_the_label(entered, cast, label, key):
    assert made(cast.ada, label, Kind.TEXT).key == key


def test_company_has_at_most_a_hundred_fields_in_use(entered, cast):
    for n in range(100):
        CustomField.objects.create(key=f"k{n}", label=f"L{n}", kind=Kind.TEXT, position=n)
    with pytest.raises(Exception, match="100"):
        made(cast.ada)
    defining.archive(CustomField.objects.get(key="k7"), by=cast.ada)
    made(cast.ada)
    with pytest.raises(Exception, match="100"):
        defining.restore(CustomField.objects.get(key="k7"), by=cast.ada)


def test_fields_are_put_in_order(browser, entered, cast):
    fields = [made(cast.ada, label) for label in ("A", "B", "C")]
    browser.post(address(f"settings/fields/{fields[2].id}/moves/"), {"to": "up"})
    browser.post(address(f"settings/fields/{fields[0].id}/moves/"), {"to": "up"})
    assert [field.label for field in custom.fields()] == ["A", "C", "B"]


def test_archived_field_leaves_the_form_and_comes_back_with_its_values(browser, entered, cast, customer):
    field = made(cast.ada)
    editing.change(customer, {"shoe_size": "42"}, by=cast.ada)
    browser.post(address(f"settings/fields/{field.id}/archivings/"))
    edit = address(f"customers/{customer.id}/edit/")
    assert "x_shoe_size" not in browser.get(edit).content.decode()
    browser.post(edit, {**FORM, "city": "上海"})
    browser.post(address(f"settings/fields/{field.id}/restorations/"))
    assert custom.values_of([customer.id]) == {customer.id: {"shoe_size": Decimal(42)}}
    actions = AuditEvent.objects.filter(action__startswith="field.").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["field.created", "field.archived", "field.restored"]


def test_form_reads_values_as_people_write_them_and_clears_them(browser, entered, cast, customer):
    for label, kind in (("Size", "number"), ("Day", "date"), ("Vegan", "boolean"), ("Tea", "text")):
        made(cast.ada, label, kind)
    edit = address(f"customers/{customer.id}/edit/")
    browser.post(edit, {**FORM, "x_size": "1,234.5", "x_day": "2024-03-04", "x_vegan": "false", "x_tea": "绿茶"})
    assert {key: str(value) for key, value in custom.values_of([customer.id])[customer.id].items()} == {
        "size": "1234.5000", "day": "2024-03-04", "vegan": "False", "tea": "绿茶",
    }  # fmt: skip
    browser.post(edit, {**FORM, "x_size": "", "x_day": "2024-03-04", "x_vegan": "", "x_tea": "绿茶"})
    assert set(custom.values_of([customer.id])[customer.id]) == {"day", "tea"}


def test_bad_value_is_refused_at_its_field_and_kept_in_the_form(browser, entered, cast, customer):
    made(cast.ada)
    made(cast.ada, "Day", "date")
    answer = browser.post(address(f"customers/{customer.id}/edit/"), {**FORM, "x_shoe_size": "big", "x_day": "2024"})
    assert errors(answer) == {"x_shoe_size": ["not a number"], "x_day": ["not a date"]}
    assert 'value="big"' in answer.content.decode()


def test_staff_say_nothing_of_what_they_left_alone(browser, entered, cast):
    made(cast.ada)
    source = Source.objects.create(key="pos", trust=60)
    known = identities.record([identities.Person("M1", {"name": "张三", "shoe_size": "42"})], source=source)["M1"]
    browser.post(address(f"customers/{known.customer_id}/edit/"), {**FORM, "city": "上海", "x_shoe_size": "42"})
    identities.record([identities.Person("M1", {"name": "张三", "shoe_size": "43"})], source=source)
    assert custom.values_of([known.customer_id])[known.customer_id] == {"shoe_size": Decimal(43)}


def test_choice_that_is_no_longer_offered_stays_where_it_stands(browser, entered, cast, customer):
    field = made(cast.ada, "Colour", "choice", choices=["red", "blue"])
    editing.change(customer, {"colour": "red"}, by=cast.ada)
    browser.post(address(f"settings/fields/{field.id}/"), {"label": "Colour", "choices": "blue\ngreen"})
    edit = address(f"customers/{customer.id}/edit/")
    assert '<option value="red" selected>' in browser.get(edit).content.decode()
    browser.post(edit, {**FORM, "x_colour": "red"})
    assert custom.values_of([customer.id])[customer.id] == {"colour": "red"}


def test_audit_holds_no_value_of_a_person_in_plain(browser, entered, cast, customer):
    made(cast.ada, "Tea", "text")
    browser.post(address(f"customers/{customer.id}/edit/"), {**FORM, "x_tea": "正山小种"})
    event = AuditEvent.objects.filter(action="customer.changed").latest("id")
    assert "tea" in event.changes
    assert "正山小种" not in str(event.changes)


def test_tag_is_put_on_and_taken_off_on_the_customers_page(browser, entered, cast, customer):
    tags = address(f"customers/{customer.id}/tags/")
    assert browser.post(tags, {"name": " VIP "})["Location"] == address(f"customers/{customer.id}/")
    page = browser.get(address(f"customers/{customer.id}/")).content.decode()
    tag = Tag.objects.get()
    assert (tag.name, f"customers/{customer.id}/tags/{tag.id}/removals/" in page) == ("VIP", True)
    assert 'value="VIP"' in browser.get(address("customers/tags/")).content.decode()
    browser.post(address(f"customers/{customer.id}/tags/{tag.id}/removals/"))
    assert tagging.tags_of([customer.id]) == {}


def test_tag_without_a_name_is_refused_beside_its_field(browser, entered, customer):
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.post(address(f"customers/{customer.id}/tags/"), {"name": " "}, headers=headers)
        assert (answer.status_code, "A tag needs a name." in answer.content.decode()) == (200, True)


def test_colleague_who_may_only_look_sees_tags_and_no_way_to_change_them(client, login, entered, cast, customer):
    tagging.add([customer.id], ["VIP"], by=cast.ada)
    Customer.objects.update(store=cast.other_store)
    page = login(cast.dora).get(address(f"customers/{customer.id}/")).content.decode()
    assert ("VIP" in page, "/removals/" in page, 'name="name"' in page) == (True, False, False)


def test_tag_is_renamed_merged_and_deleted(browser, entered, cast, customer):
    other = editing.create({"name": "李四"}, owner=cast.ada, store=None, by=cast.ada)
    tagging.add([customer.id, other.id], ["VIP"], by=cast.ada)
    tagging.add([other.id], ["金卡"], by=cast.ada)
    vip, gold = Tag.objects.get(name="VIP"), Tag.objects.get(name="金卡")
    answer = browser.post(address(f"settings/tags/{vip.id}/"), {"name": "金卡"})
    assert errors(answer) == {"name": ["Another tag is called so already. Merge the two."]}
    browser.post(address(f"settings/tags/{vip.id}/"), {"name": "vip"})
    assert Tag.objects.get(id=vip.id).name == "vip"
    browser.post(address(f"settings/tags/{vip.id}/merges/"), {"into": gold.id})
    assert {id: [tag.name for tag in tags] for id, tags in tagging.tags_of([customer.id, other.id]).items()} == {
        customer.id: ["金卡"], other.id: ["金卡"],
    }  # fmt: skip
    assert "2 customers lose this tag" in browser.get(address(f"settings/tags/{gold.id}/")).content.decode()
    browser.post(address(f"settings/tags/{gold.id}/deletions/"))
    assert (Tag.objects.count(), tagging.tags_of([customer.id, other.id])) == (0, {})


def test_tag_is_merged_only_into_another_of_the_company(browser, entered, cast, customer):
    tagging.add([customer.id], ["VIP"], by=cast.ada)
    tag = Tag.objects.get()
    answer = browser.post(address(f"settings/tags/{tag.id}/merges/"), {"into": tag.id})
    assert (set(errors(answer, "merge_form")), Tag.objects.count()) == ({"into"}, 1)


def test_lists_count_up_to_a_bound(entered, cast, customer):
    field = made(cast.ada)
    other = editing.create({"name": "李四", "shoe_size": "40"}, owner=cast.ada, store=None, by=cast.ada)
    editing.change(customer, {"shoe_size": "42"}, by=cast.ada)
    tagging.add([customer.id, other.id], ["VIP"], by=cast.ada)
    assert (defining.usage([field]), defining.usage([field], most=1)) == ({field.id: 2}, {field.id: 2})
    assert defining.usage([field], most=0) == {field.id: 1}
    assert vocabulary.usage([Tag.objects.get()]) == {Tag.objects.get().id: 2}


@pytest.mark.parametrize("merged", [True, False])
def test_tag_of_very_many_customers_goes_in_pieces(browser, entered, cast, monkeypatch, merged):
    for name, value in (("LARGE", 4), ("PIECE", 2)):
        monkeypatch.setattr(retiring, name, value)
    ids = [editing.create({"name": str(n)}, owner=None, store=None, by=cast.ada).id for n in range(5)]
    tagging.add(ids, ["VIP"], by=cast.ada)
    tagging.add(ids[:1], ["Gold"], by=cast.ada)
    tag, gold = Tag.objects.get(name="VIP"), Tag.objects.get(name="Gold")
    what = ("merges", {"into": gold.id}) if merged else ("deletions", {})
    answer = browser.post(address(f"settings/tags/{tag.id}/{what[0]}/"), what[1])
    job = Job.objects.get(kind=retiring.KIND)
    assert (answer["Location"], job.total, Tag.objects.count()) == (address(f"jobs/{job.id}/"), 5, 2)
    jobs.run(job.tenant_id, job.id, take_over=True)
    job.refresh_from_db()
    assert (job.state, job.done, [one.name for one in Tag.objects.all()]) == (Job.State.DONE, 5, ["Gold"])
    assert len(tagging.tags_of(ids)) == (5 if merged else 1)
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.changes["customers"]) == ("tag.merged" if merged else "tag.deleted", 5)


def test_job_whose_other_tag_is_gone_says_so(entered, cast, customer):
    tagging.add([customer.id], ["VIP", "Gold"], by=cast.ada)
    tag, gold = Tag.objects.get(name="VIP"), Tag.objects.get(name="Gold")
    job = retiring.start(tag, into=gold, by=cast.ada)
    vocabulary.delete(gold, by=cast.ada)
    jobs.run(job.tenant_id, job.id, take_over=True)
    job.refresh_from_db()
    assert (job.state, Tag.objects.count()) == (Job.State.FAILED, 1)
