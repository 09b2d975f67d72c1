from django import forms
from django.utils.translation import gettext_lazy as _

from segmentation.lifecycle import Stage
from segmentation.people import Filters
from tenancy.models import Store

BANDS = [("", "—"), *((str(band), str(band)) for band in range(5, 0, -1))]
SORTS = {
    "-created_at": _("Newest"),
    "-last_at": _("Last order"),
    "-monetary": _("Spent"),
    "-frequency": _("Orders"),
}


class FilterForm(forms.Form):
    """The list's filters, as they stand in its address."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[("", _("All")), *Stage.choices])
    r = forms.TypedChoiceField(label=_("Recency"), required=False, choices=BANDS, coerce=int, empty_value=None)
    f = forms.TypedChoiceField(label=_("Frequency"), required=False, choices=BANDS, coerce=int, empty_value=None)
    m = forms.TypedChoiceField(label=_("Monetary"), required=False, choices=BANDS, coerce=int, empty_value=None)
    store = forms.TypedChoiceField(label=_("Store"), required=False, empty_value=None)
    sort = forms.ChoiceField(label=_("Order by"), required=False, choices=[("", "—"), *SORTS.items()])

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        stores = {str(store.id): store for store in Store.objects.all()}
        self.fields["store"].choices = [("", _("All stores")), *((id, store.name) for id, store in stores.items())]
        self.fields["store"].coerce = stores.get

    @property
    def filters(self) -> Filters:
        told = self.cleaned_data
        stage = Stage(told["stage"]) if told.get("stage") else None
        return Filters(stage=stage, r=told.get("r"), f=told.get("f"), m=told.get("m"))
