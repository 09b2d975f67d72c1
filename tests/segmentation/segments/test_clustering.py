"""Groups are found where there are some, and said as rules that part the customers."""

import random
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from customers.models import Source
from sales import orders
from segmentation.segments import clustering, counting, following, reading, vocabulary
from tenancy import jobs
from tenancy.models import Job
from tests.sales.test_orders import a_line


def test_three_kinds_of_customers_are_told_apart_and_each_fits_one_rule(entered):
    dice, lines = random.Random(3), []
    for number in range(90):
        count, age, amount = ((1, 300, 20), (2, 150, 900), (12, 3, 60))[number % 3]
        for order in range(count):
            at = timezone.now() - timedelta(days=age + dice.randrange(10) + order)
            worth = Decimal(amount + dice.randrange(5))
            lines.append(a_line(number=f"{number}-{order}", customer=f"P{number}", at=at, amount=worth))
    orders.record(lines, source=Source.objects.create(key="pos"))
    job = following.start_clustering(by=None)
    jobs.run(entered.id, job.id, take_over=True)
    proposals = Job.objects.get(id=job.id).result["proposals"]
    assert [one["customers"] for one in proposals] == [30, 30, 30]
    words = vocabulary.standing()
    found = [counting.ids(counting.asked(reading.parse(one["rule"], words), words=words)) for one in proposals]
    assert len(set.union(*found)) == 90
    assert [one["told"] for one in proposals] == [1, 1, 1]


def test_nothing_is_proposed_where_few_have_bought(entered):
    assert clustering.propose() == []
