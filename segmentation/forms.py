from collections.abc import Sequence
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from crm.lib import text
from customers import custom, tagging
from customers.models import Customer, CustomField, Tag
from segmentation import bulk, columns, narrowing
from segmentation.lifecycle import Stage
from segmentation.models import BulkChange, Export, SavedView, Segment
from segmentation.narrowing import ME, NOBODY, NONE
from segmentation.segments import editing
from tenancy.models import Membership, Store
from tenancy.permissions import Permission

Act = BulkChange.Act

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

    act = forms.ChoiceField(choices=Act.choices)
    whole = forms.BooleanField(required=False)
    query = forms.CharField(required=False, max_length=narrowing.LONGEST)

    def __init__(self, told: QueryDict, *, member: Membership):
        super().__init__(told)
        self.ids = told.getlist("id")[:200]
        if not member.can(Permission.SEGMENTS_EDIT):
            self.fields["act"].choices = [one for one in Act.choices if one[0] not in bulk.PICKED]

    def clean(self):
        try:
            self.cleaned_data["chosen"] = [UUID(id) for id in self.ids]
        except ValueError as problem:
            raise ValidationError(_("These are no customers.")) from problem
        if not self.cleaned_data["chosen"] and not self.cleaned_data.get("whole"):
            raise ValidationError(_("Tick the customers first."))
        return self.cleaned_data


class BulkForm(forms.Form):
    """What the customers are to get: a tag, an owner, a store or a segment. A tag or a segment that there is not yet is
    made."""

    def __init__(self, *args, act: Act, member: Membership, **options):
        super().__init__(*args, **options)
        self.act, self.member = act, member
        self.fields["value"] = FIELDS[act](member)

    def clean_value(self):
        value = self.cleaned_data["value"]
        try:
            if self.act == Act.ADD_TAG:
                return tagging.named([value])[0]
            return self._segment(text.clean(value)) if self.act == Act.PICK else value
        except (tagging.BadTag, tagging.TooManyTags, editing.NotPossible) as problem:
            raise ValidationError(str(problem)) from problem

    def _segment(self, name: str) -> Segment:
        if not name:
            raise ValidationError(_("A name is needed."))
        found = _chosen_by_hand(self.member).filter(name=name).first()
        return found or editing.create(name, kind=Segment.Kind.STATIC, by=self.member)

    @property
    def known(self) -> list[Tag | Segment]:
        """For the suggestions while one types."""
        if self.act == Act.PICK:
            return list(_chosen_by_hand(self.member))
        return list(Tag.objects.all()) if self.act == Act.ADD_TAG else []


def _chosen_by_hand(member: Membership) -> QuerySet[Segment]:
    return Segment.objects.editable_by(member).filter(kind=Segment.Kind.STATIC).order_by("name")


def _typed(label: str, longest: int) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=longest, widget=forms.TextInput({"list": "known", "autocomplete": "off"})
    )


FIELDS = {
    Act.ADD_TAG: lambda member: _typed(_("Tag"), 40),
    Act.REMOVE_TAG: lambda member: forms.ModelChoiceField(
        label=_("Tag"), queryset=Tag.objects.all(), empty_label=_("Choose …")
    ),
    Act.SET_OWNER: lambda member: forms.ModelChoiceField(
        label=_("Owner"),
        queryset=Membership.objects.filter(is_active=True).select_related("user"),
        required=False,
        empty_label=_("Nobody"),
    ),
    Act.SET_STORE: lambda member: forms.ModelChoiceField(
        label=_("Store"), queryset=Store.objects.all(), required=False, empty_label=_("None")
    ),
    Act.PICK: lambda member: _typed(_("Segment"), 100),
    Act.UNPICK: lambda member: forms.ModelChoiceField(
        label=_("Segment"), queryset=_chosen_by_hand(member), empty_label=_("Choose …")
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
