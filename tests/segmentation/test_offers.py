"""What to offer: baskets whose answers can be worked out by hand."""

import json
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django.utils.translation import override

from customers.models import Customer, Source
from loyalty import basket, returns
from privacy import consent
from privacy.models import Channel, How, Purpose
from sales import orders
from sales.models import Order, Product
from segmentation.insight import reading
from segmentation.models import OfferRules, ProductNeighbour, ProductPull
from segmentation.recommending import building, offers, purchases, ranking, trying
from segmentation.recommending.neighbours import Purchases, neighbours, pull
from segmentation.recommending.offers import Only
from segmentation.recommending.ranking import Kind, Neighbour, Ranked
from tenancy import context, jobs
from tenancy.models import Job
from tests.loyalty import shop

NOW = timezone.now()


def purchases_of(*rows: tuple[int, int, int, int], products: int) -> Purchases:
    """(basket, customer, product, day)."""
    return Purchases(*(np.array(column) for column in zip(*rows, strict=True)), products)


@pytest.fixture
def sell(entered):
    source = Source.objects.create(key="pos")

    def sell(customer: str | None, days_ago: int, *codes: str, amount=Decimal(10), **fields) -> Order:
        at = NOW - timedelta(days=days_ago)
        number = str(uuid4())
        lines = [
            orders.Line(number=number, key=str(place), customer=customer, at=at, amount=amount, product=code,
                        name=f"{code} tea", quantity=Decimal(1), **fields)
            for place, code in enumerate(codes)
        ]  # fmt: skip
        orders.record(lines, source=source)
        return Order.objects.get(number=number)

    return sell


def customer(reference: str) -> Customer:
    return Customer.objects.get(records__external_id=reference)


def told(reference: str, tenant, n=10, **asked) -> list[tuple[str, Kind]]:
    found = offers.recommend(customer(reference), n, tenant=tenant, **asked)
    return [(item.code, item.kind) for item in found.items]


@pytest.fixture
def shelf(sell, entered):
    """Milk and bread go together in 4 of 5 baskets with bread, milk and soap in 1 of 5; M1 bought milk three times."""
    for days_ago in (60, 32, 4):
        sell("M1", days_ago, "MILK", "POST")
    for place in range(4):
        sell(f"N{place}", 10 + place, "MILK", "BREAD")
    sell("N9", 9, "BREAD", "SOAP")
    sell("N9", 8, "SOAP", "COMB")
    building.renew()
    return entered


def test_what_is_bought_often_and_what_goes_with_it_come_with_reasons(shelf):
    with override("en"):
        found = offers.recommend(customer("M1"), 3, tenant=shelf)
    assert [(item.code, item.kind, item.reason) for item in found.items] == [
        ("MILK", Kind.AGAIN, "bought every 4 weeks"),
        ("BREAD", Kind.ALIKE, "customers who buy MILK tea buy this too"),
        ("SOAP", Kind.POPULAR, "much bought at present"),
    ]
    assert found.is_personal is True


def test_new_goods_are_the_same_ranking_without_what_was_bought(shelf):
    whole = [one for one in told("M1", shelf) if one[1] != Kind.AGAIN]
    assert told("M1", shelf, only=Only.NEW) == whole
    assert told("M1", shelf, only=Only.AGAIN) == [("MILK", Kind.AGAIN)]


def test_left_out_codes_are_offered_to_nobody(shelf):
    assert "POST" not in {code for code, _kind in told("M1", shelf)}
    OfferRules.objects.update(left_out=["MILK"])
    building.renew()
    assert [code for code, _kind in told("M1", shelf)][:1] == ["POST"]


def test_codes_left_out_by_day_are_offered_to_nobody_before_the_night(shelf):
    milk, bread = (Product.objects.get(code=code) for code in ("MILK", "BREAD"))
    assert {"MILK", "BREAD"} <= {code for code, _kind in told("M1", shelf)}
    assert reading.pairs()
    OfferRules.objects.update(left_out=["MILK"])
    assert "MILK" not in {code for code, _kind in told("M1", shelf)}
    assert "MILK" not in {code for code, _kind in told("N9", shelf)}
    assert "MILK" not in {code for code, _kind in told("N9", shelf, basket=[bread.id])}
    found = offers.recommend(None, tenant=shelf, basket=[milk.id])
    assert found.items and "MILK" not in {item.code for item in found.items}
    assert {item.kind for item in found.items} == {Kind.POPULAR}
    assert "MILK" not in {code for pair in reading.pairs() for code in (pair.product.code, pair.other.code)}


def test_goods_off_sale_are_offered_to_nobody(shelf):
    Product.objects.filter(code__in=["MILK", "BREAD"]).update(is_active=False)
    assert [code for code, _kind in told("M1", shelf)] == ["SOAP", "COMB"]


def test_basket_brings_what_goes_with_it_first_and_nothing_that_lies_in_it(shelf):
    bread = Product.objects.get(code="BREAD")
    with override("en"):
        found = offers.recommend(None, 1, tenant=shelf, basket=[bread.id])
    assert [(item.code, item.reason) for item in found.items] == [("MILK", "goes with BREAD tea")]
    assert "BREAD" not in {code for code, _kind in told("M1", shelf, basket=[bread.id])}


def test_confidence_not_lift_says_what_goes_with_a_basket():
    """Salt is in every third basket with tea; the rare spoon only with tea, but seldom: lift would put it first."""
    near = {"tea": [Neighbour("spoon", 0.9, 0.1, 3), Neighbour("salt", 0.2, 0.33, 33)]}
    assert ranking.going_with(near, n=2) == [Ranked("salt", Kind.WITH, "tea"), Ranked("spoon", Kind.WITH, "tea")]


def test_two_goods_of_fewer_than_three_baskets_are_not_said_to_go_together():
    near = {"tea": [Neighbour("salt", 0.9, 0.9, 2)]}
    assert ranking.going_with(near, n=2) == []


def test_newer_days_weigh_more_and_strong_goods_decide_between_equals():
    assert ranking.again({"old": 1.0, "new": 1.5}, {"old": 1.0, "new": 1.0}, n=2) == ["new", "old"]
    assert ranking.again({"weak": 1.0, "strong": 1.0}, {"weak": 0.1, "strong": 0.9}, n=1) == ["strong"]


def test_pairs_are_counted_by_basket():
    bought = purchases_of((0, 0, 0, 5), (0, 0, 1, 5), (1, 1, 0, 5), (1, 1, 1, 5), (2, 2, 0, 5), products=2)
    found = neighbours(bought)
    assert found.product.tolist() == [0, 1] and found.together.tolist() == [2, 2]
    assert found.confidence == pytest.approx([2 / (3 + 5), 2 / (2 + 5)])
    assert found.similarity == pytest.approx([2 / (6**0.5 + 10)] * 2)


def test_strength_halves_in_thirty_days():
    found = pull(purchases_of((0, 0, 0, 30), (1, 0, 1, 0), products=2))
    assert found.share.tolist() == [1.0, 0.5]


def test_goods_given_back_are_not_offered_again(shelf, sell):
    sell("R1", 20, "TEAPOT", "MILK")
    sell("R1", 3, "TEAPOT", amount=Decimal(-10), is_refund=True)
    sell("R2", 20, "TEAPOT")
    orders.refund_in_full([customer("R2").orders.get().number], source=Source.objects.get(key="pos"), key="back")
    building.renew()
    assert told("R1", shelf, only=Only.AGAIN) == [("MILK", Kind.AGAIN)]
    assert "TEAPOT" not in {code for code, _kind in told("R1", shelf)}
    assert told("R2", shelf, only=Only.AGAIN) == []


def test_goods_given_back_at_the_till_are_not_offered_again(shelf, cast):
    shop.programme()
    member = shop.member("T1")
    shop.product("CUP")
    shop.product("PLATE")
    lines = [basket.Asked("CUP"), basket.Asked("PLATE")]
    receipt = shop.buy(member, lines=lines, by=cast.bob)
    assert {code for code, _kind in told("T1", shelf, only=Only.AGAIN)} == {"CUP", "PLATE"}
    cup = receipt.order.lines.get(product__code="CUP")
    returns.give_back(receipt, returns.GivingBack(uuid4(), {cup.id: Decimal(1)}), by=cast.bob)
    assert told("T1", shelf, only=Only.AGAIN) == [("PLATE", Kind.AGAIN)]


def give(person: Customer, by, *purposes: Purpose, channel=Channel.SMS):
    consent.give(person, purposes=purposes, channel=channel, how=How.PAGE, by=by)


def test_message_needs_the_agreement_of_its_channel(shelf, cast):
    person = customer("M1")
    with override("en"):
        refused = offers.recommend(person, tenant=shelf, channel=Channel.SMS)
    assert (refused.items, refused.refusal) == ([], "They have not agreed to offers on this channel.")
    give(person, cast.ada, Purpose.MARKETING)
    assert {kind for _code, kind in told("M1", shelf, channel=Channel.SMS)} == {Kind.POPULAR}
    give(person, cast.ada, Purpose.PROFILING)
    assert told("M1", shelf, channel=Channel.SMS)[0] == ("MILK", Kind.AGAIN)
    assert told("M1", shelf, channel=Channel.EMAIL) == []


def test_who_withdrew_recommendations_gets_what_everybody_buys(shelf, cast):
    person = customer("M1")
    give(person, cast.ada, Purpose.PROFILING)
    consent.withdraw(person, purposes=[Purpose.PROFILING], channel=Channel.SMS, how=How.PAGE, by=cast.ada)
    found = offers.recommend(person, tenant=shelf)
    assert (found.is_personal, {item.kind for item in found.items}) == (False, {Kind.POPULAR})


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        ((14, 7, 0), "bought every 7 days", "每 7 天买一次"),
        ((3,), "bought 3 days ago", "3 天前买过"),
        ((1,), "bought yesterday", "1 天前买过"),
        ((0,), "bought today", "今天买过"),
        ((9, 5), "bought twice, last 5 days ago", "买过两次，最近一次在 5 天前"),
    ],
)
def test_reasons_speak_the_language_of_the_reader(entered, sell, days, english, chinese):
    for days_ago in days:
        sell("M1", days_ago, "MILK")
    for language, expected in (("en", english), ("zh-hans", chinese)):
        with override(language):
            assert offers.recommend(customer("M1"), 1, tenant=entered).items[0].reason == expected


def test_company_without_orders_and_customer_without_purchases_get_honest_answers(entered, sell):
    assert building.renew() == {"orders": 0, "products": 0}
    assert offers.recommend(None, tenant=entered).items == []
    sell("M1", 1, "POST")
    assert told("M1", entered) == []
    building.renew()
    assert told("M1", entered) == []


def test_looking_again_writes_nothing(shelf):
    def rows():
        return set(ProductNeighbour.objects.values_list("id", "together", "similarity")), set(
            ProductPull.objects.values_list("product_id", "lately")
        )

    before = rows()
    building.renew()
    assert rows() == before


def test_job_is_due_where_an_order_came_since(shelf):
    assert building.is_due(building.rules())
    OfferRules.objects.update(built_at=NOW + timedelta(hours=2))
    assert building.begin() is None


def test_job_looks_at_new_orders_and_forgets_pairs_that_are_gone(shelf, sell):
    assert ProductNeighbour.objects.filter(product__code="SOAP", other__code="COMB").exists()
    orders.refund_in_full([customer("N9").orders.first().number], source=Source.objects.get(key="pos"), key="back")
    for order in customer("N9").orders.all():
        orders.refund_in_full([order.number], source=order.source, key="all")
    job = building.begin(enqueue=False)
    list(building.build(job))
    assert job.result == {"orders": 7, "products": 2}
    assert set(ProductNeighbour.objects.values_list("product__code", flat=True)) == {"MILK", "BREAD"}


def test_anonymous_orders_are_baskets_and_local_days_are_counted(entered, sell):
    Source.objects.get(key="pos")
    sell(None, 1, "A", "B")
    sell("M1", 1, "A")
    sell("M1", 1, "B")
    found = purchases.read(entered, until=date.today() + timedelta(days=1), left_out=[])
    assert found.purchases.baskets == 2
    assert sorted(found.purchases.customer.tolist())[:2] == [-1, -1]
    assert sorted(Product.objects.in_bulk(found.product_ids)[id].code for id in found.product_ids) == ["A", "B"]


def test_other_companies_are_not_looked_at(shelf, other_tenant):
    with context.entered(other_tenant.id):
        assert building.renew() == {"orders": 0, "products": 0}
        assert offers.recommend(None, tenant=other_tenant).items == []
        assert ProductNeighbour.objects.count() == 0


def test_figures_are_those_worked_out_by_hand():
    """One customer bought 0 twice and 1 once, then 0 and 2; another 1, then 1; a third is unknown before the cut."""
    bought = purchases_of(
        (0, 0, 0, 1), (0, 0, 1, 1), (1, 0, 0, 2), (2, 1, 1, 2), (3, 0, 0, 11), (3, 0, 2, 11), (4, 1, 1, 12),
        (5, 2, 2, 12), (6, 0, 3, 13), products=4,
    )  # fmt: skip
    found = trying.evaluate(bought, 10)
    assert (found.users, found.novel_users) == (2, 1)
    assert [case.target for case in trying.cases(bought, 10)] == [{0, 2}, {1}]
    assert found.recall10 == found.personal_recall10 == found.popularity_recall10 == 1.0
    assert (found.novel_recall10, found.popularity_novel_recall10) == (1.0, 1.0)
    assert trying.ndcg([0, 1, 2], frozenset({0, 2})) == pytest.approx((1 + 1 / 2) / (1 + 1 / np.log2(3)))


def run(command: str, *arguments) -> dict:
    out = StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_commands_print_items_and_figures(shelf, tenant):
    with override("en"):
        printed = run("recommend", "--tenant", "lanhu", "pos:M1", "--n", "1")
    assert printed["items"] == [
        {"product": "MILK", "name": "MILK tea", "kind": "again", "reason": "bought every 4 weeks"}
    ]
    cut = (NOW - timedelta(days=30)).astimezone(tenant.zone).date()
    figures = run("evaluate_recommendations", "--tenant", "lanhu", "--cut", str(cut))
    assert (figures["users"], figures["recall10"], figures["personal_recall10"]) == (1, 1.0, 1.0)
    assert figures["left_out"][0] == "POST"


def test_commands_refuse_what_makes_no_sense(shelf):
    for arguments in (["nobody"], ["pos:nobody"], ["pos:M1", "--n", "0"]):
        with pytest.raises(CommandError):
            run("recommend", "--tenant", "lanhu", *arguments)
    with pytest.raises(CommandError, match="nobody bought"):
        run("evaluate_recommendations", "--tenant", "lanhu", "--cut", "2001-01-01")


def test_panel_shows_both_parts_to_those_who_see_the_customer(shelf, cast, login):
    address = f"/t/lanhu/customers/{customer('M1').id}/offers/"
    ada = login(cast.ada)
    ada.cookies["django_language"] = "en"
    content = ada.get(address).content.decode()
    assert "bought every 4 weeks" in content and "customers who buy MILK tea buy this too" in content
    assert login(cast.alice).get(address).status_code == 404


def test_till_names_what_goes_with_the_basket_and_takes_it_at_a_press(shelf, cast, login):
    Product.objects.filter(code="BREAD").update(price=Decimal(3))
    bob = login(cast.bob)
    content = bob.get("/t/lanhu/till/offers/?product=BREAD", headers={"HX-Request": "true"}).content.decode()
    assert content.count("<li>") >= 1 and "take:MILK" in content
    taken = bob.post("/t/lanhu/till/", {"key": str(uuid4()), "do": "take:BREAD"}).content.decode()
    assert 'name="product" value="BREAD"' in taken and "till/offers/?product=BREAD" in taken
    assert bob.get("/t/lanhu/till/offers/?product=%00&customer=x").status_code == 200


def test_job_is_done_by_a_worker(shelf, tenant, sell):
    sell("M1", 0, "MILK")
    job = building.begin()
    jobs.run(tenant.id, job.id)
    assert Job.objects.get(id=job.id).state == Job.State.DONE
