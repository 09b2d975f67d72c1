"""Connections that many threads share by turns keep nothing of the company that was entered before."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, models

from tenancy import companies, context
from tenancy.models import Store


@pytest.mark.django_db(transaction=True)
def test_pooled_connections_under_eight_threads_leak_nothing():
    tenants = [companies.create(f"company{number}", name=str(number)) for number in range(4)]
    for number, tenant in enumerate(tenants):
        with context.entered(tenant.id):
            Store.objects.bulk_create(
                [Store(code=f"{number}-{place}", name=str(number)) for place in range(number + 1)]
            )

    def look(turn: int) -> bool:
        number = turn % len(tenants)
        try:
            with context.entered(tenants[number].id):
                return set(models.QuerySet(Store).values_list("name", flat=True)) == {str(number)}
        finally:
            if turn % 40 == 0:
                connection.close()

    def look_and_close(turns) -> list[bool]:
        try:
            return [look(turn) for turn in turns]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(look_and_close, [range(start, start + 100) for start in range(8)]))
    assert [all(result) for result in results] == [True] * 8
