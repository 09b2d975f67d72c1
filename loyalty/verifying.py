"""Whether the books are right: every copy against what it is a copy of."""

from typing import NamedTuple
from uuid import UUID

from tenancy.database.bulk import fetch


class Wrong(NamedTuple):
    account_id: UUID
    what: str


class Verified(NamedTuple):
    accounts: int
    entries: int
    wrong: list[Wrong]


# Each gives (account id, what is wrong) of the entered tenant; none where the books are right.
CHECKS = (
    """SELECT a.customer_id, 'balance ' || a.balance || ', entries say ' || coalesce(e.points, 0)
       FROM loyalty_account a
       LEFT JOIN (SELECT account_id, sum(points) AS points FROM loyalty_entry GROUP BY 1) e
              ON e.account_id = a.customer_id
       WHERE a.balance <> coalesce(e.points, 0)""",
    """SELECT a.customer_id, 'debt ' || a.debt || ', entries say ' || coalesce(e.debt, 0)
       FROM loyalty_account a
       LEFT JOIN (SELECT account_id, sum(debt) AS debt FROM loyalty_entry GROUP BY 1) e ON e.account_id = a.customer_id
       WHERE a.debt <> coalesce(e.debt, 0)""",
    """SELECT a.customer_id, 'balance ' || a.balance || ', lots hold ' || coalesce(l.remaining, 0)
       FROM loyalty_account a
       LEFT JOIN (SELECT account_id, sum(remaining) AS remaining FROM loyalty_lot GROUP BY 1) l
              ON l.account_id = a.customer_id
       WHERE a.balance <> coalesce(l.remaining, 0)""",
    """SELECT l.account_id, 'lot ' || l.id || ' holds ' || l.remaining || ' of ' || l.points || ', used '
              || coalesce(u.points, 0)
       FROM loyalty_lot l LEFT JOIN (SELECT lot_id, sum(points) AS points FROM loyalty_lotuse GROUP BY 1) u
         ON u.lot_id = l.id
       WHERE l.remaining <> l.points - coalesce(u.points, 0)""",
    """SELECT e.account_id, 'entry ' || e.id || ' of ' || e.points || ', lots say ' || coalesce(l.points, 0)
              - coalesce(u.points, 0)
       FROM loyalty_entry e
       LEFT JOIN (SELECT entry_id, sum(points) AS points FROM loyalty_lot GROUP BY 1) l ON l.entry_id = e.id
       LEFT JOIN (SELECT entry_id, sum(points) AS points FROM loyalty_lotuse GROUP BY 1) u ON u.entry_id = e.id
       WHERE e.points <> coalesce(l.points, 0) - coalesce(u.points, 0)""",
    """SELECT customer_id, 'a balance of ' || balance || ' beside a debt of ' || debt
       FROM loyalty_account WHERE balance > 0 AND debt > 0""",
)


def verify() -> Verified:
    """The entered company's books."""
    wrong = [Wrong(*row) for check in CHECKS for row in fetch(check)]
    ((accounts, entries),) = fetch(
        "SELECT (SELECT count(*) FROM loyalty_account), (SELECT count(*) FROM loyalty_entry)"
    )
    return Verified(accounts, entries, wrong)
