from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.lib.uuids import uuid7


class RefundForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=14, decimal_places=2, min_value=Decimal("0.01"), localize=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args, order, **options):
        super().__init__(*args, **options)
        self.fields["amount"].initial = order.net.quantize(Decimal("0.01"))
