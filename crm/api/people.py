"""What may be told of a person, by staff or by a source."""

from django.core.exceptions import ValidationError as BadValue
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.fields import Birthday, Choice, Text
from crm.api.shapes import Asked
from crm.lib import phones
from customers.models import Customer


class PersonBody(Asked):
    """A person's fields. In a change, null or an empty string clears one, and what is left out stays."""

    name = Text(200, required=False, allow_blank=True, allow_null=True)
    family_name = Text(100, required=False, allow_blank=True, allow_null=True)
    given_name = Text(100, required=False, allow_blank=True, allow_null=True)
    gender = Choice(Customer.Gender.choices, required=False, allow_blank=True, allow_null=True)
    birthday = Birthday(required=False, allow_null=True)
    phone = Text(40, required=False, allow_blank=True, allow_null=True, help_text="Kept as E.164 where it can be read.")
    email = Text(254, required=False, allow_blank=True, allow_null=True)
    openid = Text(128, required=False, allow_blank=True, allow_null=True, help_text="WeChat.")
    unionid = Text(128, required=False, allow_blank=True, allow_null=True, help_text="WeChat.")
    card = Text(64, required=False, allow_blank=True, allow_null=True, help_text="Number of the member card.")
    address = Text(300, required=False, allow_blank=True, allow_null=True)
    city = Text(100, required=False, allow_blank=True, allow_null=True)


def content_of(told: dict, fields: set[str]) -> dict[str, str | None]:
    """The fields of a source (projection.FIELDS) among what was told; what was emptied is None."""
    return {name: str(value) if value else None for name, value in told.items() if name in fields}


def check_contact(told: dict, *, region: str) -> None:
    """Phones and e-mails of staff must be some; a source's stay as they come. Raises ValidationError."""
    faults = {}
    if phone := told.get("phone"):
        try:
            phones.standard(phone, region)
        except phones.PhoneError as problem:
            faults["phone"] = [ErrorDetail(str(problem), code=problem.code)]
    if email := told.get("email"):
        try:
            validate_email(email)
        except BadValue:
            faults["email"] = [ErrorDetail(_("Not an e-mail address."), code="invalid")]
    if faults:
        raise ValidationError(faults)
