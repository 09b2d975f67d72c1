from django import forms
from django.utils.translation import gettext_lazy as _

MOST_CODES = 200
LONGEST = 80


class LeftOutForm(forms.Form):
    codes = forms.CharField(
        label=_("Codes"),
        required=False,
        max_length=MOST_CODES * (LONGEST + 1),
        widget=forms.Textarea({"rows": 10}),
        help_text=_("One on each line. Capitals and small letters are the same."),
    )

    def clean_codes(self) -> list[str]:
        codes = list(dict.fromkeys(code.strip().upper() for code in self.cleaned_data["codes"].splitlines()))
        codes = [code for code in codes if code]
        if len(codes) > MOST_CODES:
            raise forms.ValidationError(_("At most %s codes.") % MOST_CODES)
        if too_long := next((code for code in codes if len(code) > LONGEST), None):
            raise forms.ValidationError(_("“%s…” is longer than a code can be.") % too_long[:20])
        return codes
