"""From nothing to one person, one record: the full run, what comes after it, and what people say."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from customers import identities, merging
from customers.identities import Person
from customers.matching import decisions, incremental, keeping, starting
from customers.models import Customer, Match, MatchModel, Merge, Source, SourceRecord
from tenancy import jobs

State = Match.State
SURE = {
    "name": "欧阳翎", "phone": "13912345601", "address": "浙江省杭州市西湖区文三路9号翠苑小区12号楼3单元402室",
    "birthday": "1987-03-14", "gender": "女",
}  # fmt: skip
RELATIVE = {**SURE, "name": "欧阳远", "birthday": "1960-01-02", "gender": "男"}


def tell(source: str, reference: str, **content) -> Customer:
    made, _new = Source.objects.get_or_create(key=source)
    known = identities.record([Person(reference, content)], source=made)
    return Customer.objects.get(id=known[reference].customer_id)


def match(learn: bool = False) -> dict:
    job = starting.start(by=None, learn=learn, enqueue=False)
    jobs.run(job.tenant_id, job.id, take_over=True)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    return job.result


def customer_of(source: str, reference: str):
    return SourceRecord.objects.get(source__key=source, external_id=reference).customer_id


@pytest.fixture
def people(entered):
    """Two records of one woman, one of her father at the same home and phone, and a stranger."""
    tell("till", "1", **SURE)
    tell("shop", "A", **SURE | {"phone": "", "address": "杭州翠苑小区12幢402室"})
    tell("till", "2", **RELATIVE)
    tell("till", "3", name="王强", phone="13912345699")


def test_the_first_run_begins_with_a_delivered_model_and_merges_what_is_sure(people):
    result = match()
    assert set(result) == {"records", "pairs", "merged", "review", "seconds", "cpu_seconds", "peak_mb"}
    assert (result["records"], result["merged"]) == (4, 1)
    assert customer_of("till", "1") == customer_of("shop", "A")
    assert len({customer_of("till", reference) for reference in "123"}) == 3
    row = keeping.active()
    assert (row.number, row.origin) == (1, MatchModel.Origin.PRIOR)
    merge = Merge.objects.get()
    assert (merge.origin, merge.by, merge.survivor_id) == (Merge.Origin.AUTO, None, customer_of("till", "1"))
    pair = Match.objects.get(state=State.AUTO)
    assert pair.merge == merge and pair.bits == pytest.approx(sum(pair.weights))
    again = match()
    assert (again["merged"], keeping.active()) == (0, row)


def test_a_household_is_never_merged_whatever_it_shares(people):
    match()
    assert not Match.objects.filter(state=State.AUTO, right__external_id="2").exists()
    open_ = Match.objects.filter(state=State.OPEN)
    assert all("given_name" in one.vetoes for one in open_)


def test_nothing_is_matched_before_matching_was_begun(people):
    assert incremental.match_new() == {"records": 0, "pairs": 0, "merged": 0}
    assert not Merge.objects.exists()


def test_a_record_that_comes_later_is_matched_by_itself_to_the_same_bits(people):
    match()
    tell("app", "x", **SURE | {"address": "", "gender": ""})
    done = incremental.match_new()
    assert (done["records"], done["merged"]) == (1, 1)
    assert customer_of("app", "x") == customer_of("till", "1")
    assert incremental.match_new()["records"] == 0
    newest = Match.objects.filter(state=State.AUTO).order_by("found_at").last()
    levels, weights, vetoes = decisions.compare(newest.left_id, newest.right_id)
    assert (newest.levels, newest.vetoes) == (levels, vetoes)
    assert newest.weights == pytest.approx(weights, abs=1e-9)


def test_what_is_doubtful_is_asked_and_goes_when_the_record_says_otherwise(people):
    match()
    tell("app", "y", name="王强", phone="13912345698", gender="男", birthday="1990-05-06")
    tell("app", "z", name="王*", phone="13912345699")
    incremental.match_new()
    asked = Match.objects.filter(state=State.OPEN, right__external_id="z")
    assert [one.vetoes for one in asked] == [["hidden_name"]]
    tell("app", "z", name="赵六", phone="13912345600")
    incremental.match_new()
    assert not asked.all().exists()


def test_an_undone_merge_is_not_made_again(people, cast):
    match()
    merging.unmerge(Merge.objects.get(), by=cast.ada)
    assert [one.state for one in Match.objects.filter(merge=None, decided_by=cast.ada)] == [State.DIFFERENT]
    assert match()["merged"] == 0
    assert match(learn=True)["merged"] == 0
    assert customer_of("till", "1") != customer_of("shop", "A")


def test_a_decision_stands_in_every_later_run(people, cast):
    tell("app", "z", name="王*", phone="13912345699")
    match()
    pair = decisions.open_matches(cast.ada).get(right__external_id="z")
    decisions.decide(pair, State.DIFFERENT, by=cast.ada)
    match(learn=True)
    pair.refresh_from_db()
    assert pair.state == State.DIFFERENT and keeping.active().metrics["labels"] >= 1
    decisions.withdraw(pair, by=cast.ada)
    decisions.decide(pair, State.SAME, by=cast.ada)
    assert customer_of("app", "z") == customer_of("till", "3")
    with pytest.raises(decisions.AlreadyDecided):
        decisions.decide(pair, State.DIFFERENT, by=cast.ada)


def test_commands_say_what_they_promise(people, tenant, capsys):
    out = StringIO()
    call_command("match", "--tenant", tenant.slug, "--json", stdout=out)
    told = json.loads(out.getvalue().splitlines()[-1])
    assert {"records", "pairs", "merged", "review", "seconds", "cpu_seconds", "peak_mb"} == set(told)
    out = StringIO()
    call_command("export_clusters", "--tenant", tenant.slug, stdout=out)
    header, *rows = out.getvalue().splitlines()
    assert header == "source,external_id,customer_id"
    clusters = {tuple(row.split(",")[:2]): row.split(",")[2] for row in rows}
    assert clusters["till", "1"] == clusters["shop", "A"] != clusters["till", "2"]
    out = StringIO()
    call_command("explain_pair", "--tenant", tenant.slug, "till:1", "till:2", stdout=out)
    told = json.loads(out.getvalue())
    assert set(told) == {"prior_bits", "fields", "total_bits", "band", "vetoes"}
    bits = [field["bits"] for field in told["fields"].values()]
    assert told["total_bits"] == pytest.approx(told["prior_bits"] + sum(bits))
    assert "given_name" in told["vetoes"] and told["band"] != "auto"


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        (("till:1", "till:1"), "two different"),
        (("till", "till:1"), "SOURCE:ID"),
        (("till:9", "till:1"), "no such record"),
    ],
)
def test_a_pair_that_cannot_be_explained_says_why(people, tenant, pair, says):
    match()
    with pytest.raises(CommandError, match=says):
        call_command("explain_pair", "--tenant", tenant.slug, *pair)
