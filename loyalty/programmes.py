"""The company's points programme and its rules, each change a new version."""

from django.db.models import Max
from django.utils import timezone

from loyalty.models import Programme, ProgrammeVersion
from tenancy import audit
from tenancy.models import Membership

RULES = (
    "earn_points", "earn_amount", "point_value", "redeem_step", "redeem_share", "expires_after", "code_above",
    "adjust_limit",
)  # fmt: skip


def current() -> ProgrammeVersion | None:
    """The version in force; None where no programme runs."""
    versions = ProgrammeVersion.objects.filter(programme__is_active=True, valid_from__lte=timezone.now())
    return versions.select_related("programme").order_by("-number").first()


def change(*, name: str, is_active: bool = True, by: Membership | None, **terms) -> ProgrammeVersion:
    """Make the programme, or go on under other rules from now. Equal rules make no new version."""
    programme, _made = Programme.objects.select_for_update().get_or_create(defaults={"name": name})
    programme.name, programme.is_active = name, is_active
    programme.save(update_fields=["name", "is_active"])
    last = programme.versions.order_by("-number").first()
    wanted = {rule: terms.get(rule, ProgrammeVersion._meta.get_field(rule).get_default()) for rule in RULES}
    if last is None or {rule: getattr(last, rule) for rule in RULES} != wanted:
        number = (programme.versions.aggregate(most=Max("number"))["most"] or 0) + 1
        last = programme.versions.create(tenant_id=programme.tenant_id, number=number, created_by=by, **wanted)
    told = {rule: None if value is None else str(value) for rule, value in wanted.items()}
    audit.record(
        "programme.changed", programme, by=by, changes={**told, "version": last.number, "is_active": is_active}
    )
    return last
