"""The company's points programme and its rules, each change a new version."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.models import Programme, ProgrammeVersion
from tenancy import audit
from tenancy.models import Membership

RULES = (
    "earn_points", "earn_amount", "point_value", "redeem_step", "redeem_share", "expires_after", "code_above",
    "adjust_limit",
)  # fmt: skip


class Outdated(Exception):
    """The rules were changed since they were read."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that a version made different; `before` is None in the first version."""

    rule: str
    before: Decimal | int | None
    after: Decimal | int | None


def current() -> ProgrammeVersion | None:
    """The version in force; None where no programme runs."""
    versions = ProgrammeVersion.objects.filter(programme__is_active=True, valid_from__lte=timezone.now())
    return versions.select_related("programme").order_by("-number").first()


def latest() -> ProgrammeVersion | None:
    """The last version there is, whether the programme runs or not."""
    return ProgrammeVersion.objects.select_related("programme").order_by("-number").first()


def change(
    *, name: str, is_active: bool = True, by: Membership | None, read_from: int | None = None, **terms
) -> ProgrammeVersion:
    """Make the programme, or go on under other rules from now. Equal rules make no new version.

    `read_from` is the number of the version that the terms were edited from, 0 for none. Raises Outdated where
    there is a later one.
    """
    programme, is_new = Programme.objects.select_for_update().get_or_create(defaults={"name": name})
    last = programme.versions.order_by("-number").first()
    if read_from is not None and read_from != (last.number if last else 0):
        raise Outdated(_("Somebody changed the rules meanwhile. Reload the page and look at them first."))
    told = {} if is_new else audit.changed(programme, {"name": name, "is_active": is_active})
    programme.is_active = is_active
    programme.save(update_fields=["name", "is_active"])
    wanted = {rule: terms.get(rule, ProgrammeVersion._meta.get_field(rule).get_default()) for rule in RULES}
    if last is None or {rule: getattr(last, rule) for rule in RULES} != wanted:
        number = last.number + 1 if last else 1
        last = programme.versions.create(tenant_id=programme.tenant_id, number=number, created_by=by, **wanted)
        told |= {rule: None if value is None else str(value) for rule, value in wanted.items()} | {"version": number}
    if told:
        audit.record("programme.changed", programme, by=by, changes=told)
    return last


def changes(version: ProgrammeVersion, before: ProgrammeVersion | None) -> list[Change]:
    """What the version made different from the one before it."""
    told = [Change(rule, before and getattr(before, rule), getattr(version, rule)) for rule in RULES]
    return [one for one in told if before is None or one.before != one.after]
