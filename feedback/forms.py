from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib.uuids import uuid7
from feedback import tickets
from feedback.models import Invitation, Survey, Ticket
from interactions import channels

SCORES = [(5, _("Very happy")), (4, _("Happy")), (3, _("All right")), (2, _("Unhappy")), (1, _("Very unhappy"))]


def on_key(key: str) -> dict[str, str]:
    """The attributes of a field that this key leads to."""
    return {"data-key": key, "aria-keyshortcuts": key}


class SurveyForm(forms.ModelForm):
    class Meta:
        model = Survey
        fields = (
            "question_zh", "question_en", "thanks_zh", "thanks_en", "low_score", "due_hours", "link_days", "is_active",
        )  # fmt: skip
        widgets = {name: forms.Textarea({"rows": 2}) for name in ("thanks_zh", "thanks_en")}


class AnswerForm(forms.Form):
    """What a customer fills in."""

    score = forms.TypedChoiceField(
        choices=SCORES,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the five."), "invalid_choice": _("Choose one of the five.")},
    )
    comment = forms.CharField(
        label=_("What was good, what was not?"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )


class KeyedForm(forms.Form):
    """Its key makes a second press the same act."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)


class InvitationForm(KeyedForm):
    """By which way the customer is asked; those that were agreed to beside the link."""

    channel = forms.ChoiceField(
        label=_("How"), initial=Invitation.Channel.LINK, choices=Invitation.Channel.choices, widget=forms.RadioSelect
    )

    def __init__(self, *args, ways=(), **options):
        super().__init__(*args, **options)
        open_ways = {Invitation.Channel.LINK, *ways}
        self.fields["channel"].choices = [one for one in Invitation.Channel.choices if one[0] in open_ways]


class TicketForm(KeyedForm):
    subject = forms.CharField(label=_("What is it about"), max_length=tickets.MOST_SUBJECT)
    text = forms.CharField(
        label=_("What was said"), max_length=tickets.MOST_TEXT, required=False, widget=forms.Textarea({"rows": 4})
    )
    priority = forms.ChoiceField(
        label=_("Priority"), choices=Ticket.Priority.choices, initial=Ticket.Priority.NORMAL, widget=forms.RadioSelect
    )


class NoteForm(KeyedForm):
    text = forms.CharField(
        label=_("Note for colleagues"), max_length=tickets.MOST_TEXT, widget=forms.Textarea({"rows": 3})
    )


class ReplyForm(KeyedForm):
    text = forms.CharField(
        label=_("Reply to the customer"),
        max_length=tickets.MOST_TEXT,
        widget=forms.Textarea({"rows": 4, **on_key("r")}),
    )
    channel = forms.ChoiceField(label=_("Send by"), widget=forms.RadioSelect)

    NAMES = {channels.SMS: _("Text message"), channels.EMAIL: _("E-mail")}

    def __init__(self, *args, ways=(), **options):
        super().__init__(*args, **options)
        self.fields["channel"].choices = [(way, self.NAMES[way]) for way in ways]
        self.fields["channel"].initial = next(iter(ways), None)


class AssignForm(KeyedForm):
    assignee = forms.ModelChoiceField(
        label=_("Assignee"), queryset=None, required=False, empty_label=_("Nobody"), widget=forms.Select(on_key("a"))
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["assignee"].queryset = tickets.workers()


class PriorityForm(KeyedForm):
    priority = forms.ChoiceField(choices=Ticket.Priority.choices)


class ClosingForm(KeyedForm):
    text = forms.CharField(
        label=_("What was done"),
        max_length=tickets.MOST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 2, **on_key("c")}),
    )


class ReopeningForm(KeyedForm):
    text = forms.CharField(
        label=_("Why it is open again"),
        max_length=tickets.MOST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )
