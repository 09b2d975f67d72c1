from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.lib import phones, text
from crm.lib.uuids import uuid7
from customers.models import Customer
from loyalty.models.programme import MOST_POINTS
from privacy.models import Purpose


class EnrolForm(forms.Form):
    """A new member at the till."""

    new_name = forms.CharField(label=_("Name"), max_length=100)
    new_phone = forms.CharField(label=_("Phone"), max_length=40, widget=forms.TextInput({"inputmode": "tel"}))
    new_gender = forms.ChoiceField(label=_("Gender"), required=False, choices=[("", "—"), *Customer.Gender.choices])

    new_purposes = forms.MultipleChoiceField(
        label=_("The customer agrees to"), required=False, choices=Purpose.choices, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, region: str, **options):
        super().__init__(*args, **{"auto_id": "enrol-%s", **options})
        self.region = region

    def clean_new_name(self):
        return text.clean(self.cleaned_data["new_name"])

    def clean_new_phone(self):
        try:
            phone = phones.standard(self.cleaned_data["new_phone"], self.region)
        except phones.PhoneError as problem:
            raise ValidationError(str(problem)) from problem
        if phone is None:
            raise ValidationError(_("This is no phone number."))
        return phone.e164

    @property
    def told(self) -> dict:
        """What enrolling takes."""
        return {name: self.cleaned_data[f"new_{name}"] for name in ("name", "phone", "gender", "purposes")}

    @staticmethod
    def initial_of(query: str) -> dict:
        """A number that found nobody is the new member's phone, other words their name."""
        digits = sum(character.isdigit() for character in query)
        return {"new_phone": query} if digits >= 6 else {} if digits else {"new_name": query}


class ReturnForm(forms.Form):
    """How many of each line come back."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)
    withhold = forms.BooleanField(label=_("Keep money for points that are gone"), required=False)

    def __init__(self, *args, lines, **options):
        super().__init__(*args, **options)
        self.lines = lines
        for line in lines:
            self.fields[f"line-{line.id}"] = forms.DecimalField(
                label=_("Comes back"), required=False, min_value=Decimal(0), max_value=line.returnable, max_digits=10,
                decimal_places=4, widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
            )  # fmt: skip

    def rows(self):
        """(line, its field)."""
        return [(line, self[f"line-{line.id}"]) for line in self.lines]

    @property
    def quantities(self) -> dict:
        told = {line.id: self.cleaned_data.get(f"line-{line.id}") for line in self.lines}
        return {id: quantity for id, quantity in told.items() if quantity}


class AdjustmentForm(forms.Form):
    """Points by hand, up or down."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    points = forms.IntegerField(
        label=_("Points"), min_value=-MOST_POINTS, max_value=MOST_POINTS, help_text=_("Negative takes points away.")
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)

    def clean_points(self):
        if not self.cleaned_data["points"]:
            raise ValidationError(_("A correction is of at least one point."))
        return self.cleaned_data["points"]
