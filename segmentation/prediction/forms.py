from django import forms
from django.utils.translation import gettext_lazy as _

from segmentation.prediction import making
from segmentation.prediction.counting import BANDS

HORIZONS = [(30, _("30 days")), (60, _("60 days")), (90, _("90 days")), (180, _("180 days"))]
MOST = 10**15


class TrainingForm(forms.Form):
    """How far ahead the prediction looks."""

    horizon = forms.TypedChoiceField(
        label=_("Will they buy within"),
        choices=HORIZONS,
        coerce=int,
        initial=making.HORIZON,
        empty_value=making.HORIZON,
    )


class PeopleForm(forms.Form):
    """Whom a figure counts; what cannot be read is left out."""

    band = forms.IntegerField(min_value=0, max_value=BANDS - 1, required=False)
    least = forms.DecimalField(min_value=0, max_value=MOST, required=False)
    most = forms.DecimalField(min_value=0, max_value=MOST, required=False)
