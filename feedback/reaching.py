"""By which way words reach a customer."""

from customers.models import Customer
from interactions import channels
from privacy import consent
from privacy.models import Channel, Purpose


class NoWay(Exception):
    """The customer has no address of this kind."""


def ways(customer: Customer | None) -> dict[str, str]:
    """Channel → address, of those that a message can go to."""
    if customer is None:
        return {}
    found = {}
    if customer.phone and customer.phone.startswith("+"):
        found[channels.SMS] = customer.phone
    if customer.email:
        found[channels.EMAIL] = customer.email
    return found


def agreed_ways(customer: Customer) -> dict[str, str]:
    """Those over which the customer agreed to be written to unasked."""
    return {
        channel: to
        for channel, to in ways(customer).items()
        if consent.holds(customer, Purpose.SERVICE, Channel(channel))
    }
