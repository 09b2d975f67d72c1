"""What the builder of segments asks."""

from collections.abc import Mapping
from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib import text
from segmentation.models import Segment
from segmentation.segments import comparing, json_form
from segmentation.segments.fields import Field, Kind, Vocabulary
from segmentation.segments.refusing import Misfit, RuleError
from segmentation.segments.tree import LONGEST, LONGEST_TEXT, MOST_DAYS, Clause, Last

GROUPS = {
    "profile": _("Who they are"),
    "figures": _("What they have bought in all"),
    "scores": _("Scores"),
    "predicted": _("What is expected"),
    "buying": _("What they bought within days"),
    "facts": _("What is known of them"),
    "own": _("Own fields"),
    "groups": _("Segments"),
    "chance": _("By chance"),
}
MOST_CHOICES = 300
FILTER = "only_"  # before the name of what narrows a field


class SegmentForm(forms.Form):
    """A segment's name and rule. `keeps_kind`: it stands already, and stays of its kind."""

    name = forms.CharField(label=_("Name of the segment"), max_length=100, widget=forms.TextInput({"autofocus": True}))
    description = forms.CharField(label=_("Description"), max_length=500, required=False)
    kind = forms.ChoiceField(label=_("Type"), choices=Segment.Kind.choices, initial=Segment.Kind.DYNAMIC)
    is_shared = forms.BooleanField(label=_("Shared with the company"), required=False, initial=True)
    rule = forms.CharField(
        label=_("Rule"), required=False, max_length=LONGEST, strip=False,
        widget=forms.Textarea({"rows": 4, "spellcheck": "false", "autocapitalize": "off", "class": "mono"}),
        help_text=_("As in: bought(90d) >= 3 and stage in (at_risk, lost). Or add conditions below."),
    )  # fmt: skip

    def __init__(self, *args, keeps_kind: bool = False, **options):
        super().__init__(*args, **options)
        if keeps_kind:
            del self.fields["kind"]

    def clean_name(self):
        return text.clean(self.cleaned_data["name"])

    def clean_description(self):
        return text.clean(self.cleaned_data["description"])


class ClauseForm(forms.Form):
    """One condition, for a field that was chosen."""

    op = forms.ChoiceField(label=_("Comparison"))
    value = forms.CharField(label=_("Value"), max_length=LONGEST_TEXT * 5)
    other = forms.CharField(label=_("To"), required=False, max_length=LONGEST_TEXT)
    days = forms.IntegerField(label=_("In the last (days)"), min_value=1, max_value=MOST_DAYS, initial=90)

    def __init__(self, *args, field: Field, **options):
        super().__init__(*args, **{"prefix": "c", **options})
        self.field = field
        self.fields["op"].choices = [(op, comparing_word(op, field)) for op in field.operators]
        if not field.has_window:
            del self.fields["days"]
        if choices := offered(field):
            self.fields["value"] = forms.MultipleChoiceField(
                label=_("Value"), required=False, choices=list(choices.items()),
                widget=forms.CheckboxSelectMultiple if len(choices) <= 12 else forms.SelectMultiple,
            )  # fmt: skip
            del self.fields["other"]
        elif field.kind == Kind.YES:
            self.fields["value"] = forms.ChoiceField(label=_("Value"), choices=[("yes", _("yes")), ("no", _("no"))])
            del self.fields["other"]
        else:
            self.fields["value"].required = False
            if field.kind == Kind.DAY:
                for name in ("value", "other"):
                    self.fields[name].help_text = _("2025-03-04, today or today-30d")
        for name, one in field.filters.items():
            self.fields[FILTER + name] = forms.CharField(label=one.label, required=False, max_length=LONGEST_TEXT)
        self.fields["op"].initial = comparing.AT_LEAST if comparing.AT_LEAST in field.operators else field.operators[0]

    def clean(self):
        """The clause stands in `clause`; what cannot be one is told at its field."""
        told = super().clean()
        if self.errors:
            return told
        try:
            told["clause"] = self._clause(told)
        except (Misfit, RuleError) as problem:
            self.add_error("value", str(problem))
        return told

    def _clause(self, told: Mapping) -> Clause:
        field, op = self.field, told["op"]
        words = told.get("value") or []
        words = words if isinstance(words, list) else [words]
        if op == comparing.BETWEEN:
            words = [*words, told.get("other") or ""]
        if op in (comparing.IN, comparing.NOT_IN) and not offered(field):
            words = _apart(words[0])
        if op in (comparing.EMPTY, comparing.KNOWN):
            words = []
        elif len(words) > 1 and op in (comparing.EQUAL, comparing.UNEQUAL):
            op = comparing.IN if op == comparing.EQUAL else comparing.NOT_IN
        elif not words:
            raise Misfit("wrong_count", op=op, count=1, found=0)
        values = field.fit_all(op, [field.fit(_typed(word, field)) for word in words])
        filters = tuple(
            (name, tuple(one.fit(_number(word) if one.number else word) for word in _apart(told[FILTER + name])))
            for name, one in sorted(field.filters.items()) if told.get(FILTER + name)
        )  # fmt: skip
        return Clause(field.key, op, values, Last(told["days"]) if field.has_window else None, filters)


def _apart(words: str) -> list[str]:
    """The words that commas part."""
    return [word.strip() for word in words.replace("，", ",").split(",") if word.strip()]


def _number(word: str) -> object:
    return Decimal(word) if word.isascii() and word.isdigit() and len(word) < 10 else word


def _typed(word: str, field: Field) -> object:
    """What a person wrote as the kind of value that the field wants, or as it is: the field says what is wrong."""
    return word == "yes" if field.kind == Kind.YES else json_form.typed(word.strip(), field)


def offered(field: Field) -> Mapping[str, str]:
    """Value → label, of a field with few enough."""
    choices = field.choices() if field.choices else {}
    return {key: str(label) for key, label in choices.items()} if len(choices) <= MOST_CHOICES else {}


def comparing_word(op: str, field: Field) -> str:
    """What a comparison is called beside a field's name."""
    return WORDS_OF_DAYS.get(op, WORDS[op]) if field.kind == Kind.DAY else WORDS[op]


WORDS = {
    comparing.EQUAL: _("is"),
    comparing.UNEQUAL: _("is not"),
    comparing.LESS: _("less than"),
    comparing.AT_MOST: _("at most"),
    comparing.MORE: _("more than"),
    comparing.AT_LEAST: _("at least"),
    comparing.BETWEEN: _("from … to"),
    comparing.IN: _("is one of"),
    comparing.NOT_IN: _("is none of"),
    comparing.BEGINS: _("begins with"),
    comparing.EMPTY: _("is empty"),
    comparing.KNOWN: _("is known"),
}
WORDS_OF_DAYS = {
    comparing.LESS: _("before"),
    comparing.AT_MOST: _("until"),
    comparing.MORE: _("after"),
    comparing.AT_LEAST: _("since"),
}


def grouped(vocabulary: Vocabulary) -> list[tuple[str, list[Field]]]:
    """The fields under their headings, in the order of the headings."""
    found: dict[str, list[Field]] = {}
    for field in vocabulary.fields.values():
        found.setdefault(field.group, []).append(field)
    order = [*GROUPS, *(group for group in found if group not in GROUPS)]
    return [(str(GROUPS.get(group, group)), found[group]) for group in order if group in found]
