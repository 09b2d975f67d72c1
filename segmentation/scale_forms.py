"""What a company sets of its stages, their policies and the bounds of its scores."""

from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from crm.lib import text
from segmentation import lifecycle, rfm
from segmentation.cells import Cell
from segmentation.lifecycle import Rules, Stage
from segmentation.models import StagePolicy

LONGEST = 3650
MOST_ORDERS = 1000
AHEAD = timedelta(days=366)
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)  # of a bound


def _plain(bound: date | int | Decimal) -> date | int | str:
    """As one would type it."""
    return f"{bound.normalize():f}" if isinstance(bound, Decimal) else bound


def _days(label) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=LONGEST)


class StageRulesForm(forms.Form):
    """The rules of the stages, and the day from which they hold."""

    at_risk_after = _days(_("At risk after days without an order"))
    lost_after = _days(_("Lost after days without an order"))
    new_within = _days(_("New: one order within days"))
    loyal_from = forms.IntegerField(label=_("Loyal from orders"), min_value=2, max_value=MOST_ORDERS)
    since = forms.DateField(label=_("Holds from"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args, today: date, **options):
        initial = {**asdict(lifecycle.rules(today)), "since": today}
        super().__init__(*args, **{"initial": initial, **options})
        self.today = today

    def clean_since(self):
        since = self.cleaned_data["since"]
        if not self.today <= since <= self.today + AHEAD:
            raise ValidationError(_("From today on, and within a year: past days keep the rules they had."))
        return since

    @property
    def rules(self) -> Rules:
        return Rules(**{name: self.cleaned_data[name] for name in lifecycle.NAMES})


class PolicyForm(forms.Form):
    """How the customers of a stage are treated."""

    stage = forms.ChoiceField(label=_("Stage"), choices=Stage.choices)
    cell = forms.ChoiceField(label=_("Value"), required=False, choices=[("", _("All others")), *Cell.choices])
    service = forms.ChoiceField(label=_("Service"), choices=StagePolicy.Service.choices)
    follow_up_days = forms.IntegerField(
        label=_("Get in touch every (days)"), required=False, min_value=1, max_value=lifecycle.LONGEST_FOLLOW_UP
    )
    offer = forms.CharField(label=_("Offer"), required=False, max_length=200)

    def clean_offer(self):
        return text.clean(self.cleaned_data["offer"])


class BinsForm(forms.Form):
    """Whether the bounds follow the company's customers, stay as they are, or are set by hand."""

    FOLLOW, STAY, OWN = "follow", "stay", "own"
    mode = forms.ChoiceField(
        label=_("The bounds"),
        widget=forms.RadioSelect,
        choices=[
            (FOLLOW, _("follow the customers: a fifth of them in each band")),
            (STAY, _("stay as they are, so that a band means the same for years")),
            (OWN, _("are those below")),
        ],
    )
    AXES = {
        "recency": (_("Recency: last order after"), lambda: forms.DateField(
            required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
            validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)])),
        "frequency": (_("Frequency: orders more than"), lambda: forms.IntegerField(
            required=False, min_value=0, max_value=10**6)),
        "monetary": (_("Money: spent more than"), lambda: forms.DecimalField(
            required=False, min_value=Decimal(-(10**9)), max_value=Decimal(10**12), decimal_places=4)),
    }  # fmt: skip

    def __init__(self, *args, bins: rfm.Bins | None, is_frozen: bool, **options):
        initial = {"mode": self.STAY if is_frozen else self.FOLLOW}
        if bins:
            initial |= {f"{axis}_{k}": _plain(getattr(bins, axis)[k - 1]) for axis in self.AXES for k in range(1, 5)}
        super().__init__(*args, **{"initial": initial, **options})
        for axis, (label, make) in self.AXES.items():
            for k in range(1, 5):
                self.fields[f"{axis}_{k}"] = field = make()
                field.label = f"{label} ({k + 1})"

    def rows(self) -> list[tuple[str, list]]:
        """Each axis with its four bounds, as the page shows them."""
        return [(label, [self[f"{axis}_{k}"] for k in range(1, 5)]) for axis, (label, _make) in self.AXES.items()]

    def clean(self):
        told = super().clean()
        if told.get("mode") != self.OWN or self.errors:
            return told
        for axis in self.AXES:
            names = [f"{axis}_{k}" for k in range(1, 5)]
            values = [told.get(name) for name in names]
            for name, value in zip(names, values, strict=True):
                if value is None:
                    self.add_error(name, _("Needed."))
            if None not in values:
                for name, low, high in zip(names[1:], values, values[1:], strict=False):
                    if high < low:
                        self.add_error(name, _("Not below the bound before it."))
        return told

    @property
    def bins(self) -> rfm.Bins:
        told = self.cleaned_data
        return rfm.Bins(*(tuple(told[f"{axis}_{k}"] for k in range(1, 5)) for axis in self.AXES))
