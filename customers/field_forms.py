"""What the settings ask of the company's own fields and tags, and how a form of a customer asks for their values."""

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib import Unreadable
from customers import custom, defining, tagging
from customers.models import CustomField, Tag
from customers.values import LONGEST, Kind

PREFIX = "x_"


class FieldForm(forms.Form):
    """A new field, or another label and choices of one that stands."""

    label = forms.CharField(
        label=_("Label"), max_length=defining.LONGEST_LABEL, help_text=_("As forms, lists and files call it.")
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=Kind.choices, help_text=_("What one can type in. It cannot be changed later.")
    )
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=defining.MOST_CHOICES * (defining.LONGEST_CHOICE + 2),
        widget=forms.Textarea({"rows": 6}),
        help_text=_("For the kind “choice”: one a line, in the order in which they are offered."),
    )
    key = forms.CharField(
        label=_("Key"),
        max_length=defining.LONGEST_KEY,
        required=False,
        help_text=_(
            "Its name for programs and files. Left empty, it is made from the label. It cannot be changed later."
        ),
    )

    def __init__(self, *args, field: CustomField | None = None, **options):
        initial = {"label": field.label, "choices": "\n".join(field.choices)} if field else {"kind": Kind.TEXT}
        super().__init__(*args, initial=initial, **options)
        self.field = field
        if field:
            del self.fields["kind"], self.fields["key"]
            self.fields["choices"].help_text = _("One a line. Customers keep a choice that is taken out.")
            if field.kind != Kind.CHOICE:
                del self.fields["choices"]

    def clean_choices(self) -> list[str]:
        return self.cleaned_data["choices"].splitlines()


class TagForm(forms.Form):
    name = forms.CharField(label=_("Tag"), max_length=tagging.LONGEST)


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(label=_("Into"), queryset=None, empty_label=_("Choose …"))

    def __init__(self, *args, tag: Tag, **options):
        super().__init__(*args, **options)
        self.fields["into"].queryset = Tag.objects.exclude(id=tag.id)


class ValueField(forms.CharField):
    """A value of a custom field, read as people write it; gives its standard text."""

    def __init__(self, field: CustomField, current: str = ""):
        super().__init__(label=field.label, required=False, max_length=LONGEST, widget=_widget(field, current))
        self.of = field

    def clean(self, value):
        raw = super().clean(value)
        if not raw or raw == self.initial:
            return raw
        try:
            return custom.text_of(self.of, custom.parse(self.of, raw))
        except Unreadable as problem:
            raise forms.ValidationError(str(problem)) from problem


def _widget(field: CustomField, current: str) -> forms.Widget:
    """A choice that is no longer offered stays to be chosen where it stands."""
    match field.kind:
        case Kind.NUMBER:
            return forms.TextInput({"inputmode": "decimal"})
        case Kind.DATE:
            return forms.DateInput({"type": "date"}, "%Y-%m-%d")
        case Kind.BOOLEAN:
            return forms.Select(choices=[("", "—"), ("true", _("Yes")), ("false", _("No"))])
        case Kind.CHOICE:
            offered = [*field.choices, *([current] if current and current not in field.choices else [])]
            return forms.Select(choices=[("", "—"), *((choice, choice) for choice in offered)])
    return forms.TextInput()
