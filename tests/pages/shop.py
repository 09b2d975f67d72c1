"""A company with something to show: customers of every age, their orders, a refund, an import."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from customers import identities, imports
from customers.models import Customer, ImportRun, Source
from interactions import timeline
from sales import orders
from sales.models import Order
from segmentation import scoring
from tenancy import jobs

HEADER = ["订单编号", "客户编号", "客户姓名", "手机", "付款时间", "商品名称", "数量", "实付金额", "门店", "渠道"]


def stock(customers: int = 12, *, source: str = "shop") -> list[Customer]:
    """Customers C0, C1, … of the entered company: C0 buys most and most recently, the last one stays away longest.
    Of every other order it is known what the goods cost."""
    now = timezone.now()
    lines, people = [], {}
    for place in range(customers):
        reference = f"C{place}"
        last = now - timedelta(days=place * 360 // customers, hours=1)
        people[reference] = identities.Person(
            reference, {"name": f"Person {place}", "phone": f"1391234{place:04d}"}, last
        )
        for turn in range(1 + (customers - place) % 7):
            one = line(f"{reference}-{turn}", reference, last - timedelta(days=30 * turn))
            lines.append(replace(one, unit_cost=Decimal(40)) if turn % 2 == 0 else one)
    orders.record(lines, source=Source.objects.get_or_create(key=source)[0], people=people)
    scoring.score()
    mine = Customer.objects.filter(records__source__key=source)
    return [mine.get(records__external_id=f"C{place}") for place in range(customers)]


def line(number: str, customer: str | None, at: datetime, amount: str = "120.50") -> orders.Line:
    return orders.Line(
        number=number, key="1", customer=customer, at=at, amount=Decimal(amount), quantity=Decimal(2), product="P-1",
        name="Thermos", channel="POS", store="Main street",
    )  # fmt: skip


def told(customer: Customer, by) -> None:
    """A customer with every kind of row on the timeline."""
    timeline.record(customer, timeline.NOTE_ADDED, text="Likes green tea.\nBirthday soon.", by=by)
    timeline.record(customer, timeline.CALL_MADE, text="Will come on Friday.", by=by)
    timeline.record(customer, timeline.CUSTOMER_CREATED, by=by)
    orders.refund(Order.objects.filter(customer=customer).first(), amount=Decimal("20.50"), key="1", by=by)


def file(rows: int = 12, *, name: str = "orders.csv", broken: bool = True) -> SimpleUploadedFile:
    """A file of orders whose last row cannot be read, where it is `broken`.

    Customer K0 has the most and the latest orders, K9 the fewest and oldest.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    day = timezone.localdate()
    whose = [(person, turn) for person in range(10) for turn in range(10 - person)][:rows]
    for place, (person, turn) in enumerate(whose):
        at = day - timedelta(days=25 * person + 7 * turn)
        writer.writerow(
            [f"D{place}", f"K{person}", f"王小{'一二三四五六七八九十'[person]}", f"1370000{person:04d}", f"{at} 10:30",
             "保温杯", 1, "abc" if broken and place == rows - 1 else 88 + place, "南京西路店", "门店"]
        )  # fmt: skip
    return SimpleUploadedFile(name, out.getvalue().encode(), content_type="text/csv")


def draft(by=None, **options) -> ImportRun:
    source, _made = Source.objects.get_or_create(key="pos")
    upload = file(**options)
    return imports.take(upload, filename=upload.name, kind=ImportRun.Kind.ORDERS, source=source, by=by)


def started(by=None, **options) -> ImportRun:
    """An import that waits for a worker."""
    run = draft(by, **options)
    imports.start(run, imports.Plan(), by=by, enqueue=False)
    return run


def finish(run: ImportRun) -> None:
    """What a worker does."""
    jobs.run(run.tenant_id, run.job_id, take_over=True)
