"""A retailer's year of orders: the figures of the file, and every customer's scores against another road."""

import csv
import gzip
import random
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from sales.models import Order, OrderLine
from segmentation import scoring, stats
from segmentation.models import CustomerStats
from tenancy import companies, context
from tests.sales.files import real
from tests.sales.test_import_orders import picked, run
from tests.segmentation import reference

ONLINE_RETAIL = ("transactions", "online_retail_uci", "onlineretail.csv.gz")
AS_OF = date(2011, 12, 10)


def exported(source: str, as_of: date, tenant) -> dict[str, tuple]:
    out = StringIO()
    call_command("export_scores", tenant=tenant.slug, as_of=as_of, stdout=out)
    out.seek(0)
    return {
        row["external_id"]: (
            int(row["recency_days"]), int(row["frequency"]), Decimal(row["monetary"]),
            int(row["r"]), int(row["f"]), int(row["m"]), row["stage"],
        )
        for row in csv.DictReader(out)
        if row["source"] == source
    }  # fmt: skip


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_online_retail_gives_the_known_figures_and_scores(tenant):
    path = real(*ONLINE_RETAIL)
    result = run(path, tenant, source="web")
    assert picked(result, "rows", "created", "rejected") == (541_909, 541_909, 0)
    assert picked(result, "refund_lines", "anonymous_lines") == (10_626, 135_080)
    assert picked(result, "customers", "orders", "refunds") == (4_372, 25_900, 5_174)
    lines = list(reference.online_retail_lines(path))
    for as_of in (AS_OF, date(2011, 6, 30)):
        assert exported("web", as_of, tenant) == reference.scores(lines, as_of)
    scores = exported("web", AS_OF, tenant)
    assert (len(scores), sum(figures[1] for figures in scores.values())) == (4_338, 18_532)
    with context.entered(tenant.id):
        assert stats.rebuild() == 0
        scoring.score(AS_OF)
        assert scoring.score(AS_OF).changed == 0
    again = run(path, tenant, source="web")
    assert picked(again, "created", "updated", "unchanged") == (0, 0, 541_909)


def state() -> tuple[list, list, list]:
    """Everything that orders are: orders, lines, figures, without the ids that each import makes anew."""
    orders = Order.objects.order_by("number", "record__external_id").values_list(
        "number", "record__external_id", "at", "total", "refunded"
    )
    lines = OrderLine.objects.order_by("order__number", "order__record__external_id", "key").values_list(
        "order__number", "order__record__external_id", "key", "at", "quantity", "price", "amount", "name", "is_refund"
    )
    figures = CustomerStats.objects.order_by("customer__records__external_id").values_list(
        "customer__records__external_id", "frequency", "monetary", "first_at", "last_at", "latest_at"
    )
    return list(orders), list(lines), list(figures)


def pieces_equal_the_whole(tmp_path, orders_taken: int | None) -> None:
    """Ten pieces, cut between orders, in random order, each first with wrong lines and then corrected."""
    dice = random.Random(7)
    with gzip.open(real(*ONLINE_RETAIL), "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    by_order: dict[str, list] = {}
    for row in rows:
        by_order.setdefault(row[0], []).append(row)
    numbers = sorted(by_order)[:orders_taken] if orders_taken else sorted(by_order)
    clean = companies.create("clean", name="Clean")
    run(written(tmp_path / "clean.csv", header, [row for n in numbers for row in by_order[n]]), clean)
    pieced = companies.create("pieced", name="Pieced")
    dice.shuffle(numbers)
    parts = [numbers[place::10] for place in range(10)]
    for place, part in enumerate(parts):
        part_rows = [row for number in part for row in by_order[number]]
        wrong = [
            [*row[:3], "7", "2011-01-01 10:00:00", "3.33", *row[6:]] if dice.random() < 0.1 else row
            for row in part_rows
        ]
        run(written(tmp_path / f"wrong{place}.csv", header, wrong), pieced)
    for place in dice.sample(range(10), 10):
        part_rows = [row for number in parts[place] for row in by_order[number]]
        run(written(tmp_path / f"right{place}.csv", header, part_rows), pieced)
    with context.entered(clean.id):
        expected = state()
    with context.entered(pieced.id):
        assert state() == expected
        assert stats.rebuild() == 0
    assert exported("shop", AS_OF, pieced) == exported("shop", AS_OF, clean)


def written(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.mark.django_db(transaction=True)
def test_pieces_with_corrections_equal_the_whole(tmp_path):
    pieces_equal_the_whole(tmp_path, 1500)


@pytest.mark.nightly
@pytest.mark.django_db(transaction=True)
def test_pieces_of_the_whole_file_with_corrections_equal_it(tmp_path):
    pieces_equal_the_whole(tmp_path, None)
