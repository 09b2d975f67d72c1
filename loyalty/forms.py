from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.lib import phones, text
from crm.lib.uuids import uuid7
from customers.models import Customer
from loyalty import programmes
from loyalty.models import ProgrammeVersion
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

    def begin_at_first_gap(self) -> None:
        """The cursor goes to what is wrong, else to what is missing."""
        gaps = [name for name in self.fields if self[name].errors]
        gaps += [name for name in ("new_phone", "new_name") if not self[name].value()]
        self.fields[(gaps or ["new_name"])[0]].widget.attrs["autofocus"] = True

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


class ProgrammeForm(forms.ModelForm):
    """The rules as they are edited; `number` is the version they were read from."""

    name = forms.CharField(label=_("Name"), max_length=100, initial=_("Points"))
    is_active = forms.BooleanField(label=_("Points are earned and used"), required=False, initial=True)
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1, initial=0)

    class Meta:
        model = ProgrammeVersion
        fields = programmes.RULES
        labels = {
            "earn_points": _("Points earned"),
            "earn_amount": _("for each amount paid"),
            "point_value": _("One point pays"),
            "redeem_step": _("Used in steps of"),
            "redeem_share": _("At most this share of a purchase"),
            "expires_after": _("Points expire after"),
            "code_above": _("A code is asked for above"),
            "adjust_limit": _("A second person approves above"),
        }
        help_texts = {
            "earn_points": _("0 where no points are earned for now."),
            "earn_amount": _("Of what was paid in money; points that pay earn none."),
            "point_value": _("When it is used, in the company's currency."),
            "redeem_step": _("Points."),
            "redeem_share": _("Percent, 0 to 100."),
            "expires_after": _("Months, 1 to 120; empty: never."),
            "code_above": _("Points; sent to the customer's phone. Empty: never."),
            "adjust_limit": _("Points; for corrections by hand."),
        }

    def __init__(self, *args, version: ProgrammeVersion | None, **options):
        initial = {}
        if version:
            initial = {rule: getattr(version, rule) for rule in programmes.RULES}
            initial |= {"point_value": version.point_value.normalize(), "number": version.number}
            initial |= {"name": version.programme.name, "is_active": version.programme.is_active}
        super().__init__(*args, initial=initial, **options)
        self.order_fields(["name", *programmes.RULES, "is_active", "number"])

    @property
    def terms(self) -> dict:
        """What changing the programme takes."""
        return {name: value for name, value in self.cleaned_data.items() if name != "number"}
