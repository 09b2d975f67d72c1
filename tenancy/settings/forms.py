"""What the settings ask for."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from phonenumbers import SUPPORTED_REGIONS

from crm.lib.uuids import uuid7
from tenancy.models import Membership, Role, Store, Team, Tenant
from tenancy.permissions import Permission, Scope


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class CompanyForm(forms.Form):
    """`held`: why the currency cannot change any more."""

    name = forms.CharField(label=_("Name"), max_length=200)
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lazy(_zones, list)(),
        help_text=_("When a day begins: for figures, for reports and for times in files."),
    )
    currency = forms.RegexField(
        r"^[A-Z]{3}\Z",
        label=_("Currency"),
        strip=True,
        error_messages={"invalid": _("Three capital letters, such as CNY or EUR.")},
    )
    region = forms.ChoiceField(
        label=_("Country"),
        choices=[(code, code) for code in sorted(SUPPORTED_REGIONS)],
        help_text=_("Where a phone number without a country code is from: CN, HK, SG."),
    )

    def __init__(self, *args, tenant: Tenant, held: str, **options):
        initial = {name: getattr(tenant, name) for name in self.base_fields}
        super().__init__(*args, initial=initial, **options)
        if held:
            self.fields["currency"].help_text = held
            self.fields["currency"].disabled = True
        if (tenant.timezone, tenant.timezone) not in self.fields["timezone"].choices:
            self.fields["timezone"].choices = [(tenant.timezone, tenant.timezone), *self.fields["timezone"].choices]


class PlaceForm(forms.Form):
    """A store or a team; `unique` is the field that tells it apart."""

    model: type[Store | Team]
    unique: str
    taken: str

    def __init__(self, *args, place: Store | Team | None = None, **options):
        initial = {name: getattr(place, name) for name in self.base_fields} if place else None
        super().__init__(*args, initial=initial, **options)
        self.place = place

    def clean(self):
        told = super().clean()
        value = told.get(self.unique)
        others = self.model.objects.exclude(id=self.place.id) if self.place else self.model.objects
        if value and others.filter(**{self.unique: value}).exists():
            self.add_error(self.unique, self.taken)
        return told


class StoreForm(PlaceForm):
    model, unique, taken = Store, "code", _("Another store has this code.")

    code = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("As it stands in files and on receipts; each store has its own.")
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    city = forms.CharField(label=_("City"), max_length=100, required=False)


class TeamForm(PlaceForm):
    model, unique, taken = Team, "name", _("Another team has this name.")

    name = forms.CharField(label=_("Name"), max_length=200)


class ScopeForm(forms.Form):
    """Whose customers somebody sees."""

    scope = forms.ChoiceField(label=_("Sees"), choices=Scope.choices)
    team = forms.ModelChoiceField(label=_("Team"), queryset=None, required=False, empty_label=_("None"))
    store = forms.ModelChoiceField(label=_("Store"), queryset=None, required=False, empty_label=_("None"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["team"].queryset = Team.objects.all()
        self.fields["store"].queryset = Store.objects.all()

    def clean(self):
        told = super().clean()
        if told.get("scope") == Scope.TEAM and not told.get("team"):
            self.add_error("team", _("Choose the team whose customers they see."))
        if told.get("scope") == Scope.STORE and not told.get("store"):
            self.add_error("store", _("Choose the store whose customers they see."))
        return told


class MemberForm(ScopeForm):
    role = forms.ModelChoiceField(label=_("Role"), queryset=None, empty_label=_("Choose …"))

    field_order = ["email", "name", "role", "scope", "team", "store", "language"]

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["role"].queryset = Role.objects.all()

    @staticmethod
    def initial_of(member: Membership) -> dict:
        return {"role": member.role_id, "scope": member.scope, "team": member.team_id, "store": member.store_id}


class InvitationForm(MemberForm):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(label=_("Name"), max_length=200)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, initial=lazy(get_language, str))


class RoleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)

    def __init__(self, *args, role: Role | None = None, **options):
        super().__init__(*args, **options)
        self.role = role

    def clean_name(self):
        name = self.cleaned_data["name"]
        others = Role.objects.exclude(id=self.role.id) if self.role else Role.objects
        if others.filter(name=name).exists():
            raise forms.ValidationError(_("Another role has this name."))
        return name


class NewRoleForm(RoleForm):
    original = forms.ModelChoiceField(
        label=_("Begins as a copy of"), queryset=None, empty_label=_("Choose …"), help_text=_("Change it afterwards.")
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["original"].queryset = Role.objects.all()


class TokenForm(forms.Form):
    """A token may what is ticked of what its member may. The key makes a repeated press count once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid7)
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("Which program it is for."))
    permissions = forms.MultipleChoiceField(
        label=_("May"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("Tick at least one.")}
    )

    def __init__(self, *args, member: Membership, **options):
        super().__init__(*args, **options)
        self.fields["permissions"].choices = [
            (permission.value, permission.label) for permission in Permission if member.can(permission)
        ]
