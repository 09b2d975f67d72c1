from collections.abc import Mapping

from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _

from crm.lib.tables import encodings
from customers.imports import kinds, previews
from customers.imports.runs import Plan
from customers.imports.surveys import Survey
from customers.models import ImportRun, Source

LARGEST_MB = 200
HEADING = "heading:"
OPTIONS = ("encoding", "delimiter", "sheet", "date_format")
SEPARATORS = {
    ",": _("comma ,"),
    "\t": _("tab"),
    ";": _("semicolon ;"),
    "|": _("bar |"),
    "，": _("Chinese comma ，"),
    "；": _("Chinese semicolon ；"),
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("Choose it or drop it here: CSV, XLSX, XLS or vCard, at most 200 MB."),
        validators=[FileExtensionValidator(["csv", "tsv", "txt", "gz", "xlsx", "xls", "xlsm", "vcf"])],
        max_length=300,
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,.gz,.xlsx,.xls,.vcf", "data-key": "n"}),
    )
    kind = forms.ChoiceField(
        label=_("It holds"), required=False, choices=[("", _("Find out from its columns")), *ImportRun.Kind.choices]
    )
    source = forms.RegexField(
        Source.KEY,
        label=_("Source"),
        initial="shop",
        help_text=_(
            "The system the file comes from: pos, shop, tmall. The same file of the same source changes nothing."
        ),
    )

    def clean_source(self):
        if self.cleaned_data["source"] in Source.OURS:
            raise forms.ValidationError(_("This source is our own; choose another name."))
        return self.cleaned_data["source"]

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_MB * 1024 * 1024:
            raise forms.ValidationError(_("The file has more than %d MB.") % LARGEST_MB)
        return file


class PlanForm(forms.Form):
    """How to read the file, as it was proposed and as a person mends it."""

    encoding = forms.ChoiceField(label=_("Encoding"), required=False)
    delimiter = forms.ChoiceField(label=_("Separator"), required=False)
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    date_format = forms.ChoiceField(label=_("Dates"), required=False)

    def __init__(self, *args, survey: Survey, **options):
        super().__init__(*args, **options)
        self.asked = {question.code: question.choices for question in survey.profile.questions}
        self._offer(survey)
        if "date_format" in self.fields and not survey.plan.date_format:
            self.asked["date_format"] = ()
        self.headings = previews.headings(survey)
        choices = [("", _("leave out")), *survey.columns.labels.items()]
        for place, heading in enumerate(self.headings):
            self.fields[HEADING + heading] = forms.ChoiceField(
                label=heading,
                required=False,
                choices=choices,
                initial=survey.mapping.get(heading, ""),
                widget=forms.Select({"id": f"column-{place}"}),
            )

    def _offer(self, survey: Survey) -> None:
        """The choices of this file; what there is nothing to choose about is no field."""
        profile = survey.profile
        found = _("as recognised: %s")
        likely = self.asked.get("encoding", ())
        names = [*likely, *(name for name in encodings.CODECS if name not in likely)]
        offered = {
            "encoding": [(name, name) for name in names] if profile.encoding else [],
            "delimiter": [*SEPARATORS.items()] if profile.delimiter else [],
            "sheet": [(sheet.name, sheet.name) for sheet in profile.sheets if len(profile.sheets) > 1],
            "date_format": previews.date_formats(survey),
        }
        recognised = {
            "encoding": profile.encoding,
            "delimiter": SEPARATORS.get(profile.delimiter, profile.delimiter),
            "sheet": survey.sheet.name,
        }
        for name, choices in offered.items():
            if choices:
                known = name in recognised and name not in self.asked
                empty = found % recognised[name] if known else _("Choose …")
                self.fields[name].choices = [("", empty), *choices]
            else:
                del self.fields[name]

    def columns(self, samples: Mapping[str, list[str]]):
        """(field, the column's first values) for each column of the file."""
        return [(self[HEADING + heading], samples.get(heading, [])) for heading in self.headings]

    def questions(self):
        """The fields that must be answered before the file can be read."""
        return [self[name] for name in OPTIONS if name in self.fields and name in self.asked]

    def options(self):
        """The other fields that say how the file is read."""
        return [self[name] for name in OPTIONS if name in self.fields and name not in self.asked]

    def clean(self):
        chosen = [name for key, name in self.cleaned_data.items() if key.startswith(HEADING) and name]
        for key, name in list(self.cleaned_data.items()):
            if key.startswith(HEADING) and name and chosen.count(name) > 1:
                self.add_error(key, _("Two columns are this."))
        return self.cleaned_data


def proposed(survey: Survey) -> dict[str, str]:
    """The form's data where nobody has said otherwise."""
    return {HEADING + heading: survey.mapping.get(heading, "") for heading in previews.headings(survey)}


def plan_of(data: Mapping[str, str], columns: kinds.Columns) -> Plan:
    """The plan that the form's data tell, before the file was looked at."""
    told = {key.removeprefix(HEADING): value for key, value in data.items() if key.startswith(HEADING)}
    mapping = {heading: name for heading, name in told.items() if name in {*columns.labels, ""}}
    return Plan(mapping, **{name: data.get(name, "")[:60] for name in OPTIONS})
