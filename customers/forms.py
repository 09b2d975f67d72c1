from collections.abc import Iterable, Mapping
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.lib import phones, text
from customers import custom, profiles, projection
from customers.field_forms import PREFIX, ValueField
from customers.models import Customer, CustomField, SharePermission
from tenancy.models import Membership, Store

EARLIEST = date(1900, 1, 1)


class CustomerForm(forms.Form):
    """What staff know of a customer. What it gives goes to identities.edit as the source “staff”."""

    kind = forms.ChoiceField(label=_("Type"), choices=Customer.Kind.choices, initial=Customer.Kind.PERSON)
    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=forms.TextInput({"inputmode": "tel"})
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    gender = forms.ChoiceField(label=_("Gender"), required=False, choices=[("", "—"), *Customer.Gender.choices])
    birthday = forms.DateField(
        label=_("Birthday"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    address = forms.CharField(label=_("Address"), max_length=300, required=False)
    industry = forms.CharField(label=_("Industry"), max_length=100, required=False)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=None, required=False, empty_label=_("Nobody"))
    store = forms.ModelChoiceField(label=_("Store"), queryset=None, required=False, empty_label=_("None"))

    PLACES = ("owner", "store")
    CONTACT = ("phone", "email", "address")

    def __init__(self, *args, region: str, unseen: Customer | None = None, own: Iterable[CustomField] = (), **options):
        """`unseen`: contact data of this customer is not shown, and stays where nothing is typed. `own`: the company's
        fields, whose values are asked for too."""
        super().__init__(*args, **options)
        self.own = list(own)
        for field in self.own:
            name = PREFIX + field.key
            self.fields[name] = ValueField(field, self.initial.get(name, ""))
            self.fields[name].initial = self.initial.get(name, "")
        self.region = region
        self.unseen = self.CONTACT if unseen else ()
        for name in self.unseen:
            self.initial.pop(name, None)
            if value := getattr(unseen, name):
                self.fields[name].help_text = _("Left empty, %s stays.") % profiles.masked(name, value)
        self.fields["owner"].queryset = Membership.objects.filter(is_active=True).select_related("user")
        self.fields["store"].queryset = Store.objects.all()

    def clean_name(self):
        return text.clean(self.cleaned_data["name"])

    def tell_birthday(self, customer: Customer) -> None:
        """A birthday that is no date of the solar calendar stands beside the field, and stays where none is typed."""
        birthday = projection.birthday_of(customer)
        if birthday and (birthday.lunar or not birthday.year):
            self.initial.pop("birthday", None)
            self.fields["birthday"].help_text = _("Left empty, %s stays.") % birthday

    def clean_phone(self):
        raw = self.cleaned_data["phone"]
        try:
            phone = phones.standard(raw, self.region) if raw else None
        except phones.PhoneError as problem:
            raise ValidationError(str(problem)) from problem
        return phone.e164 if phone else ""

    def clean_birthday(self):
        day = self.cleaned_data["birthday"]
        if day and not EARLIEST <= day <= date.today():
            raise ValidationError(_("Between 1900 and today."))
        return day

    @property
    def content(self) -> dict[str, str | None]:
        """The fields of a source that were changed, as staff say nothing of what they left alone; what was emptied is
        None."""
        told = {name: self.cleaned_data[name] for name in self.changed_data if name in projection.FIELDS}
        told = {name: value for name, value in told.items() if value or name not in self.unseen}
        return {name: str(value) if value else None for name, value in (told | self._own_content()).items()}

    def _own_content(self) -> dict[str, str]:
        """Values of the company's fields that are others than before: staff say nothing of what they left alone."""
        asked = [(field.key, PREFIX + field.key) for field in self.own]
        return {key: self.cleaned_data[name] for key, name in asked if name in self.changed_data}

    def own_fields(self) -> list[forms.BoundField]:
        return [self[PREFIX + field.key] for field in self.own]

    @staticmethod
    def own_initial(own: Iterable[CustomField], values: Mapping[str, custom.Value]) -> dict[str, str]:
        return {PREFIX + one.key: custom.text_of(one, values[one.key]) for one in own if one.key in values}

    @staticmethod
    def initial_of(customer: Customer) -> dict:
        birthday = projection.birthday_of(customer)
        names = ("kind", "name", "gender", "city", "industry", *CustomerForm.CONTACT)
        return {
            **{name: getattr(customer, name) for name in names},
            "birthday": birthday and birthday.solar,
            "owner": customer.owner_id,
            "store": customer.store_id,
        }


class ShareForm(forms.Form):
    member = forms.ModelChoiceField(label=_("With"), queryset=None, empty_label=_("Choose …"))
    permission = forms.ChoiceField(label=_("May"), choices=SharePermission.choices)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["member"].queryset = Membership.objects.filter(is_active=True).select_related("user")
