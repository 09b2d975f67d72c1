from collections.abc import Mapping
from decimal import Decimal

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _

from crm.lib.uuids import uuid7
from customers.imports import Plan
from sales import columns
from sales.order_files import Survey

LARGEST_MB = 200
HEADING = "heading:"
OPTIONS = ("encoding", "delimiter", "sheet", "date_format")


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, XLSX or XLS, at most 200 MB. One row is one line of an order."),
        validators=[FileExtensionValidator(["csv", "tsv", "txt", "gz", "xlsx", "xls", "xlsm"])],
        max_length=300,
    )
    source = forms.RegexField(
        r"^[\w.-]{1,60}\Z",
        label=_("Source"),
        initial="shop",
        help_text=_("The system the file comes from: pos, shop, tmall. The same file of the same source changes nothing."),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_MB * 1024 * 1024:
            raise forms.ValidationError(_("The file has more than %d MB.") % LARGEST_MB)
        return file


class PlanForm(forms.Form):
    """How to read the file, as it was proposed and as a person mends it."""

    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    encoding = forms.CharField(label=_("Encoding"), required=False, max_length=40)
    delimiter = forms.CharField(label=_("Separator"), required=False, max_length=10, strip=False)
    date_format = forms.CharField(
        label=_("Date format"), required=False, max_length=60, help_text=_("Only where it is asked: %d/%m/%Y %H:%M")
    )

    def __init__(self, *args, survey: Survey | None = None, **options):
        super().__init__(*args, **options)
        sheets = [sheet.name for sheet in survey.profile.sheets] if survey else []
        self.fields["sheet"].choices = [("", "—"), *((name, name) for name in sheets)]
        self.headings = [heading for heading in survey.sheet.header if heading] if survey else []
        choices = [("", _("leave out")), *columns.LABELS.items()]
        for place, heading in enumerate(self.headings):
            self.fields[HEADING + heading] = forms.ChoiceField(
                label=heading,
                required=False,
                choices=choices,
                initial=survey.mapping.get(heading, ""),
                widget=forms.Select({"id": f"column-{place}"}),
            )

    def columns(self):
        """The fields that say what each column of the file holds."""
        return [self[HEADING + heading] for heading in self.headings]

    def clean(self):
        chosen = [name for key, name in self.cleaned_data.items() if key.startswith(HEADING) and name]
        for key, name in list(self.cleaned_data.items()):
            if key.startswith(HEADING) and name and chosen.count(name) > 1:
                self.add_error(key, _("Two columns are this."))
        return self.cleaned_data


def plan_of(data: Mapping[str, str]) -> Plan:
    """The plan that the form's data tell, before the file was looked at."""
    told = {key.removeprefix(HEADING): value for key, value in data.items() if key.startswith(HEADING)}
    mapping = {heading: name for heading, name in told.items() if name in {*columns.LABELS, ""}}
    return Plan(mapping, **{name: data.get(name, "")[:60] for name in OPTIONS})


class RefundForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=14, decimal_places=2, min_value=Decimal("0.01"), localize=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args, order, **options):
        super().__init__(*args, **options)
        self.fields["amount"].initial = order.net.quantize(Decimal("0.01"))
