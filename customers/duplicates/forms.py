from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Match
from tenancy.models import Membership, Store

BANDS = [
    ("", _("All pairs")),
    ("auto", _("Nearly certain")),
    ("review", _("To look at")),
    ("vetoed", _("With a contradiction")),
]
MOST_BITS = 1_000


class QueueForm(forms.Form):
    """The queue's filters; what cannot be read is left out."""

    q = forms.CharField(label=_("Customer"), max_length=100, required=False)
    band = forms.ChoiceField(label=_("Pairs"), choices=BANDS, required=False)
    bits = forms.FloatField(label=_("At least bits"), min_value=-MOST_BITS, max_value=MOST_BITS, required=False)
    store = forms.ModelChoiceField(label=_("Store"), queryset=None, required=False)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=None, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["store"].queryset = Store.objects.order_by("name")
        self.fields["store"].empty_label = _("Every store")
        self.fields["owner"].queryset = Membership.objects.select_related("user").order_by("id")
        self.fields["owner"].empty_label = _("Every owner")

    steps = ("5", "10", "15", "20")

    @property
    def stores(self) -> bool:
        return len(self.fields["store"].queryset[:2]) > 1

    @property
    def owners(self) -> bool:
        return len(self.fields["owner"].queryset[:2]) > 1

    @property
    def filters(self) -> dict:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(choices=[(one, one) for one in (Match.State.SAME, Match.State.DIFFERENT)])


class ChosenForm(forms.Form):
    """Customers by their ids, and which of them is to stay."""

    MOST = 10

    survivor = forms.UUIDField(required=False)

    def __init__(self, data, *, name: str = "customer", **options):
        super().__init__(data, **options)
        self.ids = _ids(data.getlist(name))

    def clean(self):
        told = super().clean()
        if len(self.ids) < 2:
            raise forms.ValidationError(_("Choose at least two customers."), code="too_few")
        if len(self.ids) > self.MOST:
            raise forms.ValidationError(
                _("At most %(most)d customers are merged at once by hand."), params={"most": self.MOST}, code="too_many"
            )
        return told


def _ids(told: list[str]) -> list[UUID]:
    found = []
    for one in told[:1_000]:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


class BarForm(forms.Form):
    """From how many bits on."""

    bits = forms.FloatField(label=_("From how many bits on"), min_value=-MOST_BITS, max_value=MOST_BITS)

    def __init__(self, data, *, bar: float, **options):
        super().__init__(data if "bits" in data else None, initial={"bits": bar}, **options)
        self.bar = bar

    @property
    def bits_asked(self) -> float:
        return self.cleaned_data["bits"] if self.is_valid() else self.bar


class ConfirmForm(forms.Form):
    """A merge of many is confirmed by writing down how many pairs it takes."""

    bits = forms.FloatField(widget=forms.HiddenInput, min_value=-MOST_BITS, max_value=MOST_BITS)
    pairs = forms.IntegerField(label=_("Number of pairs, to confirm"), min_value=1, max_value=1_000_000)

    def bits_asked(self, otherwise: float) -> float:
        return getattr(self, "cleaned_data", {}).get("bits", otherwise)


class AssignmentForm(forms.Form):
    """Whose the ticked rows are."""

    def __init__(self, data, *, customers, rows, **options):
        super().__init__(data, **options)
        self.fields["customer"] = forms.ModelChoiceField(label=_("Whose"), queryset=customers, empty_label=None)
        self.fields["row"] = forms.ModelMultipleChoiceField(queryset=rows)
