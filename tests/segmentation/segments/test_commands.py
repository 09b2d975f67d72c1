import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from customers.models import Source
from sales import orders
from tests.sales.test_orders import a_line


@pytest.fixture
def buyers(entered):
    source = Source.objects.create(key="pos")
    lines = [a_line(number=f"{n}", customer=f"M{n}", at=timezone.now(), amount=Decimal(10 * n)) for n in range(1, 6)]
    orders.record(lines, source=source)


def asked(command, *arguments) -> dict:
    out = StringIO()
    with translation.override("en"):
        call_command(command, *arguments, "--tenant", "lanhu", "--json", stdout=out)
    return json.loads(out.getvalue().splitlines()[-1])


def test_segment_count_counts(buyers):
    found = asked("segment_count", "--rule", "spent(30d) >= 30")
    assert (found["sample_count"], found["exact_count"]) == (3, 3)
    assert found["exact_ms"] > 0 and found["sample_ms"] > 0


def test_why_names_each_clause_with_what_was_found(buyers):
    found = asked("why", "--rule", "spent(30d) >= 30 and not orders > 1", "pos:M3")
    assert found == {
        "member": True,
        "clauses": [
            {"clause": "spent(30d) >= 30", "words": "spent at least 30 in the last 30 days", "found": "30",
             "holds": True},
            {"clause": "orders > 1", "words": "Orders: more than 1", "found": "1", "holds": False},
        ],
    }  # fmt: skip
    assert asked("why", "--rule", "spent(30d) >= 30", "pos:M2")["member"] is False


@pytest.mark.parametrize(
    ("command", "arguments", "said"),
    [
        ("segment_count", ["--rule", "bough(30d) > 1"],
         "At character 1: there is no field “bough”; did you mean bought?\n  bough(30d) > 1\n  ^"),
        ("segment_count", ["--rule", "orders > many"],
         "At character 10: “orders” is compared with a number, not with “many”\n  orders > many\n           ^"),
        ("segment_count", ["--rule", "'; DROP TABLE sales_order; --"],
         "At character 1: this character cannot stand in a rule: '\n  '; DROP TABLE sales_order; --\n  ^"),
        ("why", ["--rule", "orders > 1", "pos-M3"], "pos-M3: write SOURCE:ID"),
        ("why", ["--rule", "orders > 1", "pos:nobody"], "pos:nobody: there is no such record"),
    ],
)  # fmt: skip
def test_what_is_wrong_exits_with_2_and_says_where(buyers, command, arguments, said):
    with pytest.raises(CommandError) as refused:
        asked(command, *arguments)
    assert (refused.value.returncode, str(refused.value)) == (2, said)


def test_ten_thousand_clauses_are_refused_at_once(buyers):
    with pytest.raises(CommandError) as refused:
        asked("segment_count", "--rule", " or ".join(["orders=1"] * 10_000))
    assert "the rule is longer than 20000 characters" in str(refused.value)
