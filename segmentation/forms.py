from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crm.lib import text
from customers import custom, tagging
from customers.models import Customer, CustomField, Tag
from segmentation import columns, narrowing
from segmentation.lifecycle import Stage
from segmentation.models import BulkChange, Export, SavedView
from segmentation.narrowing import ME, NOBODY, NONE
from tenancy.models import Membership, Store

BANDS = [("", "—"), *((str(band), str(band)) for band in range(5, 0, -1))]
SORTS = {
    "-created_at": _("Newest"),
    "-last_at": _("Last order"),
    "-monetary": _("Spent"),
    "-frequency": _("Orders"),
}


class FilterForm(forms.Form):
    """The filters that stand above the list; narrowing.read says what they mean."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[("", _("All")), *Stage.choices])
    r = forms.ChoiceField(label=_("Recency"), required=False, choices=BANDS)
    f = forms.ChoiceField(label=_("Frequency"), required=False, choices=BANDS)
    m = forms.ChoiceField(label=_("Monetary"), required=False, choices=BANDS)
    store = forms.ChoiceField(label=_("Store"), required=False)
    sort = forms.ChoiceField(label=_("Order by"), required=False, choices=[("", "—"), *SORTS.items()])

    def __init__(self, *args, stores: Sequence[tuple[str, str]], **options):
        super().__init__(*args, **options)
        self.fields["store"].choices = [("", _("All stores")), *stores, *([(NONE, _("No store"))] if stores else [])]


class MoreFiltersForm(forms.Form):
    """The filters that are seldom used: owner, type, city, day, tags and the company's own fields."""

    owner = forms.ChoiceField(label=_("Owner"), required=False)
    kind = forms.ChoiceField(label=_("Type"), required=False, choices=[("", _("All")), *Customer.Kind.choices])
    city = forms.CharField(label=_("City"), required=False, max_length=100)
    since = forms.DateField(
        label=_("Added since"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    tag = forms.ChoiceField(label=_("Tag"), required=False, help_text=_("Beside those that are on already."))

    def __init__(self, parameters: QueryDict):
        told = parameters.dict()
        told.pop("tag", None)
        super().__init__(initial=told)
        people = Membership.objects.filter(is_active=True).select_related("user").order_by("user__name")
        anybody = [("", _("All")), (ME, _("Mine")), (NOBODY, _("Without an owner"))]
        self.fields["owner"].choices = [*anybody, *((str(one.id), str(one)) for one in people)]
        tags = [(tag.name, tag.name) for tag in Tag.objects.all()]
        self.fields["tag"].choices = [("", _("All")), (NONE, _("Without tags")), *tags]
        if not tags:
            del self.fields["tag"]
        for field in custom.fields():
            self.fields |= dict(_filters_of(field))


def _filters_of(field: CustomField):
    """(parameter, form field) of the filters on one of the company's own fields."""
    name = f"{columns.OWN}{field.key}"
    match field.kind:
        case CustomField.Kind.TEXT:
            yield name, forms.CharField(label=field.label, required=False, max_length=200)
        case CustomField.Kind.CHOICE | CustomField.Kind.BOOLEAN:
            told = [(one, one) for one in field.choices] if field.choices else [("yes", _("Yes")), ("no", _("No"))]
            choices = [("", _("All")), *told, (NONE, _("Empty"))]
            yield name, forms.ChoiceField(label=field.label, required=False, choices=choices)
        case _:
            kind = "date" if field.kind == CustomField.Kind.DATE else "text"
            for end, label in (("_from", _("%s from")), ("_to", _("%s to"))):
                widget = forms.TextInput({"type": kind, "inputmode": "decimal" if kind == "text" else None})
                yield (
                    name + end,
                    forms.CharField(label=label % field.label, required=False, max_length=40, widget=widget),
                )


class SaveViewForm(forms.Form):
    """A name for the present list; `query` are its parameters."""

    name = forms.CharField(label=_("Name of the view"), max_length=60)
    is_shared = forms.BooleanField(label=_("Share with the company"), required=False)
    query = forms.CharField(required=False, max_length=narrowing.LONGEST, widget=forms.HiddenInput)

    def __init__(self, *args, may_share: bool = True, **options):
        super().__init__(*args, **options)
        if not may_share:
            del self.fields["is_shared"]

    def clean_name(self):
        name = text.clean(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("A name is needed."))
        return name

    @staticmethod
    def initial_of(view: SavedView) -> dict:
        return {"name": view.name, "is_shared": view.is_shared}


class SelectionForm(forms.Form):
    """Which customers something is to be done to: the ticked ones, or all whom the list's parameters leave."""

    act = forms.ChoiceField(choices=BulkChange.Act.choices)
    whole = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=narrowing.LONGEST)

    def __init__(self, told: QueryDict):
        super().__init__(told)
        self.ids = told.getlist("id")[:200]

    def clean(self):
        try:
            self.cleaned_data["chosen"] = [UUID(id) for id in self.ids]
        except ValueError as problem:
            raise ValidationError(_("These are no customers.")) from problem
        if not self.cleaned_data["chosen"] and not self.cleaned_data.get("whole"):
            raise ValidationError(_("Tick the customers first."))
        return self.cleaned_data


class BulkForm(forms.Form):
    """What the customers are to get: a tag, an owner or a store."""

    def __init__(self, *args, act: BulkChange.Act, **options):
        super().__init__(*args, **options)
        self.act = act
        self.fields["value"] = FIELDS[act]()

    def clean_value(self):
        value = self.cleaned_data["value"]
        if self.act != BulkChange.Act.ADD_TAG:
            return value
        try:
            return tagging.named([value])[0]
        except (tagging.BadTag, tagging.TooManyTags) as problem:
            raise ValidationError(str(problem)) from problem

    @property
    def known_tags(self) -> list[Tag]:
        """For the suggestions while one types."""
        return list(Tag.objects.all()) if self.act == BulkChange.Act.ADD_TAG else []


FIELDS = {
    BulkChange.Act.ADD_TAG: lambda: forms.CharField(
        label=_("Tag"), max_length=40, widget=forms.TextInput({"list": "tags", "autocomplete": "off"})
    ),
    BulkChange.Act.REMOVE_TAG: lambda: forms.ModelChoiceField(
        label=_("Tag"), queryset=Tag.objects.all(), empty_label=_("Choose …")
    ),
    BulkChange.Act.SET_OWNER: lambda: forms.ModelChoiceField(
        label=_("Owner"),
        queryset=Membership.objects.filter(is_active=True).select_related("user"),
        required=False,
        empty_label=_("Nobody"),
    ),
    BulkChange.Act.SET_STORE: lambda: forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.all(), required=False, empty_label=_("None")
    ),
}


class ExportForm(forms.Form):
    """The kind of file, and all columns or those of the list."""

    format = forms.ChoiceField(
        label=_("File"), choices=Export.Format.choices, initial=Export.Format.CSV, widget=forms.RadioSelect
    )
    columns = forms.ChoiceField(
        label=_("Columns"),
        choices=[("all", _("All")), ("list", _("Those of my list"))],
        initial="all",
        widget=forms.RadioSelect,
    )
    query = forms.CharField(required=False, max_length=narrowing.LONGEST, widget=forms.HiddenInput)
    view = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
