"""What is said of customers: by all, by some, by one; after orders, merges and refunds; in exports and over REST."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import override

from customers import merging
from customers.models import Customer, Merge, Source
from privacy import erasure
from sales import orders
from sales.models import Order
from segmentation import night, scoring
from segmentation.models import CustomerStats, Prediction, PredictionModel
from segmentation.prediction import counting, making, predicting, reading, reasons
from segmentation.segments import following
from tenancy import context, lookups
from tenancy.models import Job
from tests.pages.shop import line
from tests.segmentation.prediction.said import learned, stocked

VALUES = ("p_buy", "expected", "clv", "clv_low", "clv_high", "at_stake")


def rows(ids=None) -> dict:
    found = Prediction.objects.all() if ids is None else Prediction.objects.filter(customer_id__in=ids)
    return {row["customer_id"]: row for row in found.values("customer_id", *VALUES)}


@pytest.fixture
def shop(entered):
    stocked(220)
    learned()
    return entered


def test_days_are_read_as_they_stand(shop):
    ids, daily = reading.of([row.customer_id for row in CustomerStats.objects.all()[:50]])
    told = CustomerStats.objects.in_bulk(ids)
    assert ids == sorted(ids)
    for place, id in enumerate(ids):
        mine = daily.customer == place
        assert (daily.orders[mine] > 0).sum() == told[id].days
        assert daily.amount[mine].sum() == pytest.approx(float(told[id].monetary))
        assert (np.diff(daily.day[mine]) > 0).all()


def test_everybody_who_bought_is_told_of_and_again_nothing_moves(shop):
    assert Prediction.objects.count() == CustomerStats.objects.filter(days__gt=0).count()
    assert predicting.predict() == 0
    row = predicting.in_use()
    assert row.kind != PredictionModel.Kind.RULE
    assert len(row.metrics["cuts"]) == 4


def test_some_are_told_the_same_as_among_all(shop):
    whole = rows()
    some = sorted(whole)[::7]
    Prediction.objects.all().delete()
    assert predicting.predict(some) == len(some)
    assert rows() == {id: whole[id] for id in some}
    predicting.predict()
    assert rows() == whole


def test_order_moves_what_is_said_of_its_customer_alone(shop):
    before = rows()
    customer = Customer.objects.get(id=min(before, key=lambda id: before[id]["p_buy"]))
    told = line("new", customer.records.get().external_id, timezone.now() - timedelta(hours=1))
    orders.record([told], source=Source.objects.get(key="shop"))
    assert predicting.predict([customer.id]) == 1
    after = rows()
    assert after[customer.id]["p_buy"] > before[customer.id]["p_buy"]
    assert {id for id in after if after[id] != before[id]} == {customer.id}


def test_follower_of_changes_tells_anew_of_whoever_ordered(shop):
    while following.follow():
        pass
    before = rows()
    customer = Customer.objects.get(id=min(before, key=lambda id: before[id]["p_buy"]))
    told = line("new", customer.records.get().external_id, timezone.now() - timedelta(hours=1))
    orders.record([told], source=Source.objects.get(key="shop"))
    assert following.follow() > 0
    assert rows([customer.id])[customer.id]["p_buy"] > before[customer.id]["p_buy"]


def test_who_gave_all_back_is_told_of_no_more(shop):
    customer = Customer.objects.get(id=CustomerStats.objects.filter(frequency=1).first().customer_id)
    order = Order.objects.get(customer=customer)
    orders.refund(order, amount=order.net, key="all", by=None)
    predicting.predict([customer.id])
    assert not Prediction.objects.filter(customer=customer).exists()


def test_survivor_of_a_merge_speaks_for_both(shop, cast):
    one, other = (Customer.objects.get(id=id) for id in sorted(rows())[:2])
    merge = merging.merge(one, [other], origin=Merge.Origin.HAND, by=cast.ada)
    assert not Prediction.objects.filter(customer=other).exists()
    both = rows([one.id])
    predicting.predict()
    assert rows([one.id]) == both
    merging.unmerge(merge, by=cast.ada)
    assert len(rows([one.id, other.id])) == 2


def test_night_learns_when_a_week_is_over_and_else_follows_the_calendar(shop):
    night.predict(shop.id)
    assert Job.objects.latest("created_at").kind == "predictions.score"
    PredictionModel.objects.update(created_at=timezone.now() - timedelta(days=8))
    night.predict(shop.id)
    assert Job.objects.latest("created_at").kind == making.KIND


def test_night_leaves_a_company_without_orders_alone(entered):
    night.predict(entered.id)
    assert not Job.objects.exists()


@pytest.mark.parametrize("n", [1, 30])
def test_a_handful_is_told_of_by_a_rule(entered, n):
    stocked(n, days=200)
    row = learned()
    assert row.kind == PredictionModel.Kind.RULE
    assert row.parameters["why"]["kind"] == "customers"
    assert Prediction.objects.count() == n
    assert counting.count(Prediction.objects.all()).people == n


def test_models_are_kept_and_one_is_in_use(shop):
    for _turn in range(3):
        making.learn(reading.sampled(), horizon=30)
    assert PredictionModel.objects.filter(is_in_use=True).get().number == 4
    assert PredictionModel.objects.count() == 4


def test_former_model_says_nothing_over_what_the_new_one_said(shop, monkeypatch):
    monkeypatch.setattr(predicting, "PORTION", 50)
    former = predicting.in_use()
    saying = predicting.pieces(former)
    next(saying)
    learned(horizon=30)
    said = rows()
    assert set(Prediction.objects.values_list("horizon_days", flat=True)) == {30}
    assert list(saying) == []
    assert rows() == said


def test_counted_bands_are_their_people(shop):
    found = counting.count(Prediction.objects.all())
    assert sum(found.bands) == found.people == Prediction.objects.count()
    assert found.bands[0] == Prediction.objects.filter(p_buy__lt=0.1).count()
    assert sum(one["people"] for one in found.tenths) == found.people
    assert found.tenths[0]["low"] >= found.tenths[1]["high"]


def test_reasons_are_in_words(entered):
    now = timezone.now()
    lines = [line(f"a{turn}", "A", now - timedelta(days=64 + 21 * turn)) for turn in range(6)]
    lines += [line("b", "B", now - timedelta(days=30))]
    orders.record(lines, source=Source.objects.create(key="shop"))
    often, once = (Customer.objects.get(records__external_id=key) for key in "AB")
    with override("en"):
        assert reasons.of(often) == [
            "Usually every 21 days, now silent for 64.",
            "Bought on 2 days in the last 90, on 4 in the 90 before.",
        ]
        assert reasons.of(once) == ["Bought once, 30 days ago."]


def test_export_of_scores_tells_of_every_record(shop):
    told = list(scoring.export())
    assert all(row.p_buy is not None and row.clv_low <= row.clv <= row.clv_high for row in told)
    said = rows()
    for row in told[::20]:
        customer = Customer.objects.get(records__external_id=row.external_id)
        assert float(row.p_buy) == said[customer.id]["p_buy"]
        assert row.clv == pytest.approx(said[customer.id]["clv"], abs=Decimal("0.02"))


def test_export_of_a_past_day_does_not_know_what_came_after(shop):
    day = predicting.today() - timedelta(days=80)
    before = list(scoring.export(day))
    recent = Order.objects.filter(at__gt=timezone.now() - timedelta(days=78)).values_list("customer", flat=True)
    customer = Customer.objects.get(id=recent[0])
    told = [line(f"later{turn}", customer.records.get().external_id, timezone.now() - timedelta(days=turn, hours=1))
            for turn in range(30)]  # fmt: skip
    orders.record(told, source=Source.objects.get(key="shop"))
    after = list(scoring.export(day))
    assert [row.p_buy for row in before] == [row.p_buy for row in after]


def test_backtest_command_prints_what_it_found(shop, capsys):
    call_command("backtest", "--tenant", shop.slug, "--horizon", "60", "--cuts", "2", "--json")
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert len(told["cuts"]) == 2
    assert set(told["cuts"][0]["models"]) >= {"in_use", "recency", "mbg", "clock"}
    assert set(told["cuts"][0]["models"]["mbg"]) == {"auc", "brier", "ece", "lift10", "forecast_over_actual"}
    assert told["recency_auc"] < told["auc"]


@pytest.mark.parametrize("arguments", [("--horizon", "0"), ("--horizon", "9999"), ("--cuts", "0"), ("--cuts", "1000")])
def test_backtest_command_refuses_what_makes_no_sense(entered, arguments):
    with pytest.raises(CommandError, match="between"):
        call_command("backtest", "--tenant", entered.slug, *arguments)


@pytest.mark.parametrize(
    "text, told",
    [
        ("x,t_x,T\n1,2,3\n2,9,3\n", "line 3: t_x must lie between 0 and T"),
        ("x,t_x,T\n1,2,3\n2,foo,3\n", "line 3, column t_x: “foo” is not a number"),
        ("x,t_x,T\n1,2\n", "line 2, column T: “” is not a number"),
        ("a,b\n1,2\n", "no column x, t_x, T"),
        ("", "no column x, t_x, T"),
        ("x,t_x,T\n", "at least two customers"),
        ("x,t_x,T\n1,nan,3\n2,1,3\n", "line 2, column t_x: “nan” is not a number"),
        ("x,t_x,T\n1e300,1,3\n2,1,3\n", "line 2: x must be whole"),
    ],
)
def test_file_that_cannot_be_read_is_named_by_its_line(tmp_path, text, told):
    path = tmp_path / "h.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match="h") as refused:
        call_command("fit_btyd", str(path), "--model", "bg")
    assert told in str(refused.value)


def test_file_is_fitted(tmp_path, capsys):
    path = tmp_path / "h.csv"
    path.write_text("x,t_x,T\n" + "".join(f"{n % 4},{(n % 4) * 5},{30 + n % 9}\n" for n in range(200)))
    for model, names in (("bg", "r alpha a b"), ("mbg", "r alpha a b"), ("pareto", "r alpha s beta")):
        call_command("fit_btyd", str(path), "--model", model, "--json")
        told = json.loads(capsys.readouterr().out)
        assert set(told) == {*names.split(), "log_likelihood", "n", "seconds"}
        assert told["n"] == 200


def test_csv_of_the_win_back_list_holds_no_formula_and_only_those_one_sees(shop, cast, login):
    customer = Customer.objects.get(id=Prediction.objects.filter(p_buy__lt=0.5).order_by("-at_stake")[0].customer_id)
    Customer.objects.filter(id=customer.id).update(name="=cmd|' /C calc'!A0")
    answer = login(cast.ada).post(f"/t/{shop.slug}/insights/win-back/files/")
    told = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert told[0][:3] == ["customer_id", "name", "p_buy"]
    assert len(told) > 10
    assert not any(row[1].startswith("=") for row in told)
    mine = login(cast.alice).get(f"/t/{shop.slug}/insights/win-back/").content.decode()
    assert "row-link" not in mine


def test_whoever_was_erased_is_not_to_be_won_back(shop, cast, login):
    chosen = Prediction.objects.filter(p_buy__lt=0.5).order_by("-at_stake")[0].customer_id
    page, file = (f"/t/{shop.slug}/insights/win-back/{path}" for path in ("", "files/"))
    assert str(chosen) in login(cast.ada).post(file).content.decode()
    erasure.erase(Customer.objects.get(id=chosen), by=cast.ada)
    predicting.predict([chosen])
    assert str(chosen) not in login(cast.ada).post(file).content.decode()
    assert str(chosen) not in login(cast.ada).get(page).content.decode()


def test_pages_count_whom_they_lead_to(shop, cast, login):
    browser = login(cast.ada)
    shown = browser.get(f"/t/{shop.slug}/insights/churn/")
    bands = shown.context["bands"]
    place, point = max(enumerate(bands), key=lambda one: one[1]["value"])
    found = browser.get(point["url"]).context["rows"]
    expected = Prediction.objects.filter(p_buy__gte=place / 10, p_buy__lt=(place + 1) / 10).count()
    assert (len(found), point["value"]) == (min(30, expected), expected)
    tenth = browser.get(f"/t/{shop.slug}/insights/value/").context["tenths"][0]
    assert len(browser.get(tenth["url"]).context["rows"]) == tenth["people"]


def test_press_learns_anew_once(shop, cast, login):
    browser = login(cast.ada)
    for _turn in range(2):
        answer = browser.post(f"/t/{shop.slug}/insights/churn/trainings/", {"horizon": 30})
        assert answer.status_code == 302
    assert Job.objects.filter(kind=making.KIND, state=Job.State.WAITING).count() == 1
    wrong = browser.post(f"/t/{shop.slug}/insights/churn/trainings/", {"horizon": 31})
    assert wrong.status_code == 200
    assert wrong.context["form"].errors["horizon"]


def test_other_company_has_its_own_model(shop, other_tenant):
    with context.entered(other_tenant.id):
        assert predicting.in_use() is None
        assert predicting.predict() == 0
    assert lookups.tenant_of_slug(shop.slug) == shop.id
