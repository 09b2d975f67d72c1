"""What an order's goods cost the company: the one rule, as SQL, for every way in which orders are written.

A line costs quantity × unit cost, with the sign of its amount. An order's cost is known where that of every line is
which has an amount; lines without one add theirs where it is known. What comes back costs nothing any more: the goods
that a refund names, else the same share of the goods as of the money.
"""

from decimal import Decimal

LARGEST = 10**12  # of which amounts stay below; a cost above is a mistake, and not known
PLACES = Decimal("0.0001")  # what the database keeps

# Over the lines of one order, with amount, quantity and unit_cost.
GOODS = """
    CASE WHEN bool_and({line}.amount = 0 OR {line}.quantity * {line}.unit_cost IS NOT NULL)
         THEN sum(CASE WHEN {line}.amount = 0 THEN {line}.quantity ELSE sign({line}.amount) * abs({line}.quantity) END
                  * {line}.unit_cost) END
"""


def goods(line: str) -> str:
    """What all lines cost, an aggregate over the rows of that alias; NULL where it is not known."""
    return GOODS.format(line=line)


def kept(goods: str, *, total: str, in_full: str, back: str, unnamed: str) -> str:
    """What is left of the goods' cost: nothing `in_full`, else without the goods that came `back` and those whose
    money, `unnamed`, went back without anybody saying which they were."""
    share = f"CASE WHEN {total} > 0 THEN least({unnamed} / {total}, 1) ELSE 0 END"
    return bounded(f"CASE WHEN {in_full} THEN {goods} * 0 ELSE {goods} - {back} - {goods} * {share} END")


def bounded(cost: str) -> str:
    """In the form in which it is kept."""
    return f"CASE WHEN abs({cost}) < {LARGEST} THEN round({cost}, 4) END"
