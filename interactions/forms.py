from django import forms
from django.utils.translation import gettext_lazy as _

from interactions import timeline


class InteractionForm(forms.Form):
    """A note or a call, logged by hand."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=[(timeline.NOTE_ADDED, _("Note")), (timeline.CALL_MADE, _("Call"))],
        initial=timeline.NOTE_ADDED,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(label=_("What was said"), max_length=5000, widget=forms.Textarea({"rows": 3}))
