from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import Source, Steward
from customers.quality.faults import BY_KEY, FAULTS
from tenancy.models import Membership, Store


class DueForm(forms.Form):
    """What the list of records to mend is narrowed to."""

    fault = forms.ChoiceField(
        label=_("What is wrong"),
        required=False,
        choices=[("", _("Everything")), *((fault.key, fault.reason) for fault in FAULTS if fault.is_due)],
    )
    all = forms.BooleanField(label=_("Those of others as well"), required=False)

    @property
    def mask(self) -> int:
        fault = BY_KEY.get(self.cleaned_data.get("fault"))
        return fault.mask if fault else 0


class StewardsForm(forms.Form):
    """A steward for each store and source."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.places = {f"store-{store.id}": store for store in Store.objects.order_by("code")[:200]}
        self.places |= {f"source-{source.id}": source for source in Source.objects.exclude(key__in=Source.OURS)[:200]}
        standing = {}
        for one in Steward.objects.all():
            standing[f"store-{one.store_id}" if one.store_id else f"source-{one.source_id}"] = one.member_id
        members = Membership.objects.filter(is_active=True).select_related("user")
        for name, place in self.places.items():
            label = _("Store %s") if name.startswith("store") else _("Source %s")
            self.fields[name] = forms.ModelChoiceField(
                label=label % place,
                queryset=members,
                required=False,
                empty_label=_("Nobody"),
                initial=standing.get(name),
            )

    @property
    def wanted(self) -> dict:
        return {place: self.cleaned_data[name] for name, place in self.places.items()}
