from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from privacy.models import Channel, Erasure, PolicyVersion, Purpose

LONGEST = 2000
WORD = "ERASE"


class ConsentForm(forms.Form):
    """What the person said, and over which channel."""

    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    purposes = forms.MultipleChoiceField(
        label=_("Purposes"),
        choices=Purpose.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )


class ErasureForm(forms.Form):
    """Nothing is erased by one press: the name is typed, or the word that stands for it."""

    reason = forms.ChoiceField(label=_("Why"), choices=Erasure.Reason.choices)
    confirmation = forms.CharField(max_length=200, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, *args, customer: Customer, **options):
        super().__init__(*args, **options)
        self.accepted = {WORD, customer.name} - {""}
        words = {"name": customer.name, "word": WORD}
        self.fields["confirmation"].label = (
            _("Type “%(name)s” or “%(word)s”") % words if customer.name else _("Type “%(word)s”") % words
        )

    def clean_confirmation(self):
        if self.cleaned_data["confirmation"].strip() not in self.accepted:
            raise ValidationError(_("This is not what stands above the field."))
        return self.cleaned_data["confirmation"]


class PolicyForm(forms.Form):
    """The wording of each purpose in each language; the newest version is what it begins with."""

    def __init__(self, *args, version: PolicyVersion | None, **options):
        super().__init__(*args, **options)
        for language, spoken in settings.LANGUAGES:
            for purpose in Purpose:
                self.fields[f"{language}:{purpose}"] = forms.CharField(
                    label=_("%(purpose)s, in %(language)s") % {"purpose": purpose.label, "language": spoken},
                    max_length=LONGEST,
                    initial=version.wording.get(language, {}).get(purpose, "") if version else "",
                    widget=forms.Textarea({"rows": 3, "lang": language}),
                )

    @property
    def wording(self) -> dict[str, dict[str, str]]:
        """Language → purpose → text."""
        return {
            language: {str(purpose): self.cleaned_data[f"{language}:{purpose}"] for purpose in Purpose}
            for language, _spoken in settings.LANGUAGES
        }
