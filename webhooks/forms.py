from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from crm.lib import egress
from webhooks import endpoints, feed, kinds
from webhooks.models import Endpoint


class EndpointForm(forms.ModelForm):
    kinds = forms.MultipleChoiceField(
        label=_("Tell it when"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )

    class Meta:
        model = Endpoint
        fields = ("url", "kinds")
        widgets = {"url": forms.URLInput({"placeholder": "https://hooks.example.com/tongke", "autocomplete": "off"})}
        help_texts = {"url": _("https, port 443 or 8443, a machine that everybody on the internet can reach.")}

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["kinds"].choices = [
            (kind.name, format_html("{} <code>{}</code>", kind.description, kind.name)) for kind in kinds.declared()
        ]

    def clean_url(self) -> str:
        url = self.cleaned_data["url"]
        try:
            endpoints.check_url(url)
        except egress.Refused as problem:
            raise forms.ValidationError(str(problem)) from problem
        return url


class ReplayForm(forms.Form):
    day = forms.DateField(
        label=_("From the beginning of"),
        widget=forms.DateInput({"type": "date"}),
        help_text=_("What changed from this day on is sent once more, with the ids it had. At most 30 days back."),
    )

    def clean_day(self) -> datetime:
        day = self.cleaned_data["day"]
        if not timezone.localdate() - feed.KEPT < day <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day of the last 30 days."))
        return timezone.make_aware(datetime.combine(day, time.min))
