"""How good a customer's record is: what is missing or cannot be right, and a score from it. Values in, values out."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

PERFECT = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a field. `bit` is its place in Customer.faults, `points` what it costs of 100;
    somebody is to mend it where it `is_due`."""

    bit: int
    key: str
    field: str
    points: int
    reason: str
    is_due: bool = False

    @property
    def mask(self) -> int:
        return 1 << self.bit


FAULTS = [
    Fault(0, "name_missing", "name", 30, _("There is no name."), True),
    Fault(1, "name_partial", "name", 15, _("Only a part of the name: a title or hidden characters."), True),
    Fault(2, "name_damaged", "name", 20, _("The name holds digits or damaged characters."), True),
    Fault(3, "contact_missing", "phone", 30, _("Neither phone nor e-mail."), True),
    Fault(4, "phone_unreadable", "phone", 20, _("The phone number cannot be called."), True),
    Fault(5, "phone_placeholder", "phone", 20, _("A made-up phone number."), True),
    Fault(6, "email_unreadable", "email", 10, _("The e-mail address cannot be written to."), True),
    Fault(7, "birthday_missing", "birthday", 5, _("No birthday.")),
    Fault(8, "birthday_unreadable", "birthday", 10, _("The birthday is not a day."), True),
    Fault(9, "birthday_placeholder", "birthday", 10, _("A birthday that programs fill in."), True),
    Fault(10, "gender_missing", "gender", 5, _("No gender.")),
    Fault(11, "address_missing", "address", 5, _("No address.")),
    Fault(12, "address_vague", "address", 5, _("The address names no district.")),
]
BY_KEY = {fault.key: fault for fault in FAULTS}
DUE = sum(fault.mask for fault in FAULTS if fault.is_due)
FIELDS = tuple(dict.fromkeys(fault.field for fault in FAULTS))


def mask(keys: Iterable[str]) -> int:
    """The faults of these keys as one number."""
    return sum({BY_KEY[key].mask for key in keys})


def reasons(faults: int) -> list[Fault]:
    return [fault for fault in FAULTS if faults & fault.mask]


def score(faults: int) -> int:
    """0 to 100; 100 is a record without fault."""
    return max(0, PERFECT - sum(fault.points for fault in reasons(faults)))
