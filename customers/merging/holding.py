"""A merge waits for nobody for long: who is at work on one of its rows is let through first.

Who records what a source says holds the record and then its customer, as a merge does. Others hold a row of theirs
(a ticket) and then its customer, a merge its customers and then their rows: so it gives up whatever it holds well
before the database would look for a circle (deadlock_timeout, 1 s) and fail either of the two.
"""

import random
import time
from collections.abc import Callable, Collection
from typing import TypeVar
from uuid import UUID

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg import errors

from customers.models import Customer
from tenancy.database.bulk import fetch

TRIES = 12
LONGEST_WAIT = "600ms"  # for one lock
T = TypeVar("T")


class Busy(Exception):
    """One of the customers is being written to all the time; nothing was done."""


class Moved(Exception):
    """Somebody was merged between the look and the hold: look again."""


def patiently(act: Callable[[], T]) -> T:
    """What `act` returns, done whole or not at all. Raises Busy."""
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                ((former,),) = fetch("SELECT current_setting('lock_timeout')")
                fetch("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
                done = act()
                fetch("SELECT set_config('lock_timeout', %s, true)", [former])
                return done
        except Moved:
            continue
        except OperationalError as problem:
            if not isinstance(problem.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
                raise
            time.sleep(random.uniform(0.02, 0.1) * (attempt + 1))
    raise Busy(_("Somebody is at work on one of these customers. Try again in a moment."))


def hold(customer_ids: Collection[UUID]) -> dict[UUID, Customer]:
    """The customers with their records, held against everybody until the transaction ends, in the order of all writers:
    records first."""
    fetch(
        "SELECT FROM customers_sourcerecord WHERE customer_id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [list(customer_ids)],
    )
    rows = Customer.objects.filter(id__in=list(customer_ids)).order_by("id").select_for_update()
    return {row.id: row for row in rows.only(*COLUMNS)}


COLUMNS = ("kind", "owner_id", "store_id", "created_at", "faulty_since", "erased_at", "merged_into_id", "name")
