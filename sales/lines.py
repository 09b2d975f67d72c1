from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(slots=True)
class Line:
    """One line of an order as its source tells it. `amount` is signed, in the tenant's currency. `unit_cost` is what
    one cost the company, None where the source does not say.

    `customer` is the source's reference of the person, None for an anonymous order; `key` names the line
    within its order; `refunds_order` says that the source marks the whole order as refunded.
    """

    number: str
    key: str
    customer: str | None
    at: datetime
    amount: Decimal
    quantity: Decimal | None = None
    price: Decimal | None = None
    unit_cost: Decimal | None = None
    product: str = ""
    name: str = ""
    category: str = ""
    is_refund: bool = False
    refunds_order: bool = False
    channel: str = ""
    store: str = ""
