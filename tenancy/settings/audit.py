import json
from datetime import datetime, time, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tenancy import audit as records
from tenancy.access import requires
from tenancy.models import AuditEvent, Membership, Tenant
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission

ALL = [("", _("All"))]


class AuditFilter(forms.Form):
    who = forms.ChoiceField(label=_("Who"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    kind = forms.ChoiceField(label=_("Of"), required=False)
    subject = forms.UUIDField(label=_("Id"), required=False, error_messages={"invalid": _("An id has 32 digits.")})
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        people = Membership.objects.select_related("user").order_by("user__name", "user__email")
        self.fields["who"].choices = [*ALL, *((str(one.user_id), str(one)) for one in people)]
        self.fields["action"].choices = [*ALL, *sorted(records.WORDS.items(), key=lambda pair: str(pair[1]))]
        labels = [(kind, subject.label) for kind, subject in records.SUBJECTS.items()]
        self.fields["kind"].choices = [*ALL, *sorted(labels, key=lambda pair: str(pair[1]))]

    def clean(self):
        told = super().clean()
        for name in ("since", "until"):
            if told.get(name) and not 2000 <= told[name].year <= 2200:
                self.add_error(name, _("Between 2000 and 2200."))
        return told

    def rows(self, tenant: Tenant):
        """The events that fit; all of them while an answer cannot be right."""
        told = self.cleaned_data if self.is_valid() else {}
        named = {"who": "actor_id", "action": "action", "kind": "subject_type", "subject": "subject_id"}
        wanted = {named[name]: value for name, value in told.items() if name in named and value}
        if told.get("since"):
            wanted["at__gte"] = datetime.combine(told["since"], time(), tenant.zone)
        if told.get("until"):
            wanted["at__lt"] = datetime.combine(told["until"] + timedelta(days=1), time(), tenant.zone)
        return AuditEvent.objects.filter(**wanted)


@requires(Permission.AUDIT_VIEW)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did and saw what, newest first."""
    form = AuditFilter(request.GET or None)
    found = page(form.rows(request.tenant), by=["-at", "-id"], cursor=cursor_of(request))
    _tell(found.rows, by=request.member)
    narrowed = any(request.GET.get(name) for name in form.fields)
    return render(request, "settings/audit.html", {"form": form, "page": found, "narrowed": narrowed})


def _tell(events: list[AuditEvent], *, by: Membership) -> None:
    """Gives each event its words: who, what, of what, and the page of that where the member may see it."""
    actors = {event.actor_id for event in events}
    names = {one.user_id: str(one) for one in Membership.objects.select_related("user").filter(user_id__in=actors)}
    subjects = {kind: _found(kind, events, by) for kind in {event.subject_type for event in events}}
    for event in events:
        event.who = names.get(event.actor_id, "")
        event.words = records.WORDS.get(event.action, event.action)
        event.subject = records.SUBJECTS.get(event.subject_type)
        event.subject_name = subjects[event.subject_type].get(event.subject_id, "")
        event.details = [(name, _legible(value)) for name, value in event.changes.items()]


def _found(kind: str, events: list[AuditEvent], by: Membership) -> dict:
    subject = records.SUBJECTS.get(kind)
    ids = {event.subject_id for event in events if event.subject_type == kind and event.subject_id}
    return subject.find(ids, by=by) if subject and subject.find and ids else {}


def _legible(value) -> str:
    """A changed value as [before, after] reads as an arrow, a list as its words."""
    if isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value):
        return " → ".join(one or "—" for one in value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
