"""The company's survey: one question, with defaults until somebody changes it."""

from collections.abc import Mapping

from feedback.models import Survey
from tenancy import audit
from tenancy.models import Membership


def current() -> Survey:
    """The company's survey, made at its first use; of several who come first at once all get the same."""
    survey = Survey.objects.first()
    if survey is None:
        Survey.objects.bulk_create([Survey()], ignore_conflicts=True)
        survey = Survey.objects.get()
    return survey


def change(told: Mapping[str, object], *, by: Membership | None) -> Survey:
    """Set these fields; the audit keeps what they were."""
    current()
    survey = Survey.objects.select_for_update().get()
    if differences := audit.changed(survey, told):
        survey.save(update_fields=list(differences))
        audit.record("survey.changed", survey, by=by, changes=differences)
    return survey
