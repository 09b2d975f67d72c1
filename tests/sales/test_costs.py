"""What goods cost: kept with the line when it is written, summed for the order, and taken back with what comes back."""

from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Source
from sales import catalogue, orders, placing, product_files
from sales.models import Order, OrderLine, Product
from segmentation.models import CustomerStats
from tenancy import context
from tenancy.models import Role
from tests.loyalty import shop
from tests.sales.files import write
from tests.sales.test_import_orders import ROW, run
from tests.sales.test_orders import AT, a_line
from tests.sales.test_products import HEADER, NEW, ROWS, TOLD, a_file, counts

NUMBER, FILES = "1001", "/t/lanhu/products/imports/"


@pytest.fixture
def source(entered):
    return Source.objects.create(key="pos")


@pytest.fixture
def tea(source):
    return Product.objects.create(code="T1", name="Tea", price=Decimal(50), cost=Decimal("20.5"))


def sold(source, **fields) -> Order:
    orders.record([a_line(**{"product": "T1", "quantity": Decimal(2)} | fields)], source=source)
    return Order.objects.get(number=fields.get("number", NUMBER))


def unit_cost(key: str = "1") -> Decimal | None:
    return OrderLine.objects.get(key=key).unit_cost


def margin() -> tuple:
    return CustomerStats.objects.values_list("margin", "margin_of").get()


# The line


def test_a_line_keeps_the_cost_of_its_day(source, tea, cast):
    order = sold(source)
    assert (unit_cost(), order.cost, margin()) == (Decimal("20.5"), 41, (9, 50))
    tea.cost = Decimal(30)
    catalogue.save(tea, by=cast.ada)
    again = orders.record([a_line(product="T1", quantity=Decimal(2))], source=source)
    assert (again.unchanged, unit_cost(), margin()) == (1, Decimal("20.5"), (9, 50))
    order = sold(source, quantity=Decimal(1))  # a correction of the same line
    assert (unit_cost(), order.cost) == (Decimal("20.5"), Decimal("20.5"))
    order = sold(source, key="2")  # a further one
    assert (unit_cost("2"), order.cost, margin()) == (30, Decimal("80.5"), (Decimal("19.5"), 100))


def test_another_product_has_its_own_cost(source, tea):
    Product.objects.create(code="C1", cost=Decimal(7))
    sold(source)
    assert sold(source, product="C1").cost == 14
    assert sold(source, product="new").cost is None


def test_what_the_source_tells_counts_more_and_may_be_corrected(source, tea):
    assert sold(source, unit_cost=Decimal(5)).cost == 10
    assert sold(source, amount=Decimal(60)).cost == 10
    assert sold(source, amount=Decimal(60), unit_cost=Decimal(0)).cost == 0
    assert margin() == (60, 60)


def test_a_cost_of_later_makes_no_past_order_known(source, tea, cast):
    sold(source, product="C1")
    product = Product.objects.get(code="C1")
    product.cost = Decimal(1)
    catalogue.save(product, by=cast.ada)
    assert sold(source, product="C1", name="corrected").cost is None


# The order


def test_one_line_without_a_cost_makes_the_order_unknown_until_it_is_told(source, tea):
    other = a_line(key="2", quantity=Decimal(1), amount=Decimal(8))
    orders.record([a_line(product="T1", quantity=Decimal(2)), other], source=source)
    assert (Order.objects.get().cost, margin()) == (None, (None, None))
    other.unit_cost = Decimal(3)
    orders.record([other], source=source)
    assert (Order.objects.get().cost, margin()) == (44, (14, 58))


def test_a_gift_costs_what_is_known_of_it(source, tea):
    orders.record(
        [a_line(product="T1", quantity=Decimal(1)), a_line(key="2", amount=Decimal(0), quantity=Decimal(1))],
        source=source,
    )
    assert Order.objects.get().cost == Decimal("20.5")
    assert sold(source, key="2", amount=Decimal(0)).cost == Decimal("61.5")


def test_a_cost_beyond_all_sense_is_not_known(source):
    order = sold(source, quantity=Decimal(999_999_999_999), unit_cost=Decimal(1_000_000))
    assert (order.total, order.cost, margin()) == (50, None, (None, None))


def test_money_given_back_takes_its_share_of_the_goods(source, tea):
    order = sold(source)
    orders.refund(order, amount=Decimal(20), key="1", by=None)
    order.refresh_from_db()
    assert (order.net, order.cost, margin()) == (30, Decimal("24.6"), (Decimal("5.4"), 30))
    orders.refund(order, amount=Decimal(30), key="2", by=None)
    order.refresh_from_db()
    assert (order.net, order.cost, margin()) == (0, 0, (0, 0))


@pytest.mark.parametrize("how", ["status", "sheet"])
def test_an_order_given_back_whole_costs_nothing(source, tea, how):
    order = sold(source, refunds_order=how == "status")
    if how == "sheet":
        orders.refund_in_full([NUMBER], source=source, key="returns")
    order.refresh_from_db()
    assert (order.net, order.cost, margin()) == (0, 0, (0, 0))


def test_an_unknown_order_stays_unknown_when_it_comes_back(source, tea):
    sold(source)
    sold(source, number="2", product="C1")
    orders.refund_in_full(["2"], source=source, key="returns")
    assert (Order.objects.get(number="2").cost, margin()) == (None, (9, 50))


AMOUNTS = st.sampled_from(["0", "0.01", "12.34", "-5", "99.9"])
LINES = st.lists(
    st.tuples(AMOUNTS, st.sampled_from([None, "0", "1", "2.5", "-3"]), st.sampled_from([None, "0", "4", "0.3333"])),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(lines=LINES, part=st.sampled_from([None, "3", "whole"]))
def test_orders_cost_what_their_lines_say(source, lines, part):
    """Of any lines, held against the rule in exact fractions; the till's statement says the same."""
    number, told = str(uuid4()), [[value and Decimal(value) for value in line] for line in lines]
    orders.record(
        [
            a_line(number=number, key=str(key), amount=amount, quantity=quantity, unit_cost=cost)
            for key, (amount, quantity, cost) in enumerate(told)
        ],
        source=source,
    )
    order = Order.objects.get(number=number)
    refunded = Decimal(3) if part == "3" and order.total >= 3 else order.total if part == "whole" else Decimal(0)
    if refunded > 0:
        orders.refund(order, amount=refunded, key="1", by=None)
        order.refresh_from_db()
    costs = [None if None in (quantity, cost) else Fraction(quantity) * Fraction(cost) for _a, quantity, cost in told]
    pairs = [(cost if not amount else abs(cost) * (1 if amount > 0 else -1))
             for (amount, *_rest), cost in zip(told, costs, strict=True) if cost is not None]  # fmt: skip
    is_known = pairs and all(not amount or cost is not None for (amount, *_r), cost in zip(told, costs, strict=True))
    share = 1 - Fraction(refunded) / Fraction(order.total) if refunded > 0 else 1
    expected = sum(pairs, Fraction(0)) * share if is_known else None
    assert (order.cost is None) == (expected is None)
    assert expected is None or abs(Fraction(order.cost) - expected) <= Fraction(1, 20_000)
    if not refunded > 0:
        placed = [placing.PlacedLine(None, "", q, Decimal(1), amount, cost) for amount, q, cost in told]
        placing.place(placing.Placing(f"T{number}", source.id, None, None, AT, "till", None, placed))
        assert Order.objects.get(number=f"T{number}").cost == order.cost


# Files


def test_a_file_of_orders_may_tell_unit_costs(tenant, tmp_path):
    with context.entered(tenant.id):
        Product.objects.create(code="85123A", cost=Decimal("1.5"))
    header = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "成本"]
    rows = [[*ROW, ""], ["2", *ROW[1:], "￥2.0001"], ["3", *ROW[1:], "-1"], ["4", *ROW[1:], "1000001"]]
    path = write(tmp_path / "o.csv", rows, header)
    found = run(path, tenant)
    assert (found["created"], found["rejected"]) == (2, 2)
    with context.entered(tenant.id):
        assert dict(Order.objects.values_list("number", "cost")) == {"536365": 9, "2": Decimal("12.0006")}
        Product.objects.update(cost=Decimal(2))
    again = run(path, tenant)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)


@pytest.fixture
def buyer(cast, entered):
    """Changes products and sees no figures."""
    role = Role.objects.get(key="clerk")
    role.permissions = [*role.permissions, "PRODUCTS_EDIT"]
    role.save()
    return cast.bob


def test_a_file_of_products_tells_costs(cast, entered):
    header, rows = [*HEADER, "进货价"], [[*row, cost] for row, cost in zip(ROWS, ("30.1234", "", "0"), strict=True)]

    def take(rows):
        return product_files.take(a_file(rows, header), filename="p.csv", currency="CNY", by=cast.ada)

    assert (counts(take(rows)), counts(take(rows))) == ((3, 0, 0, 0), (0, 0, 3, 0))
    assert list(Product.objects.order_by("code").values_list("cost", flat=True)) == [Decimal("30.1234"), None, 0]
    bad = [["A4", "x", "", "", "1", cost] for cost in ("-1", "1000000.01", "dear")]
    assert counts(take(bad)) == (0, 0, 0, 3)
    assert counts(take([[*ROWS[0], "31"]])) == (0, 1, 0, 0)


def test_who_sees_no_figures_sees_and_sets_no_cost(buyer, cast, login):
    product = shop.product(cost=Decimal("12.34"))
    address, bob = f"/t/lanhu/products/{product.id}/", login(buyer)
    assert "cost" not in bob.get(address).context["form"].fields
    assert bob.post(address, TOLD | {"code": "P1", "barcode": "", "cost": "99"}).status_code == 302
    page = bob.post(FILES, {"file": a_file([[*ROWS[0], "98"], ["P1", "", "", "", "", "97"]], [*HEADER, "成本"])})
    assert page.context["outcome"].columns == ["code", "name", "category", "barcode", "price"]
    assert dict(Product.objects.values_list("code", "cost")) == {"P1": Decimal("12.34"), "A1": None}
    assert "12.34" not in bob.get("/t/lanhu/products/").content.decode()
    ada = login(cast.ada)
    assert "12.34" in ada.get("/t/lanhu/products/").content.decode()
    assert ada.get(address).context["form"]["cost"].value() == "12.34"


@pytest.mark.parametrize(
    ("cost", "kept"),
    [("", None), ("0", 0), ("20.1234", Decimal("20.1234")), ("1000000", 1_000_000)],
)
def test_a_cost_is_set_on_the_product_page(cast, login, entered, cost, kept):
    assert login(cast.ada).post(NEW, TOLD | {"cost": cost}).status_code == 302
    assert Product.objects.get().cost == kept


@pytest.mark.parametrize("cost", ["-0.01", "1000000.01", "1.00001", "NaN", "Infinity", "x"])
def test_what_cannot_be_a_cost_is_refused_at_its_field(cast, login, entered, cost):
    refused = login(cast.ada).post(NEW, TOLD | {"cost": cost})
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, ["cost"])
