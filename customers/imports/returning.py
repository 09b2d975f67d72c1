"""A file that we exported ourselves comes back: what was changed in it is changed on the same customers, as by staff.

What is as it was, and what is left empty, changes nothing.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _

from crm.lib import text
from crm.lib.uuids import parsed
from customers import custom, golden, identities, projection
from customers.imports.kinds import Rejected
from customers.imports.person_rows import Told
from customers.models import ImportRun
from customers.projection import Golden
from customers.words import Maker

# Field → the customer's columns that it decides.
COLUMNS = {
    "name": ("name",), "gender": ("gender",), "phone": ("phone",), "email": ("email",), "address": ("address",),
    "birthday": ("birth_year", "birth_month", "birth_day", "birth_is_lunar"), "city": ("city",), "kind": ("kind",),
    "province": ("province",), "district": ("district",), "industry": ("industry",),
}  # fmt: skip


def known(items: Sequence[Told]) -> tuple[dict[UUID, Told], list[Rejected]]:
    """The rows by their customers, the last of each, and those whose id is no customer's."""
    ids = {id for item in items if (id := parsed(item.word.external_id))}
    standing = golden.standing(ids)
    told, unknown = {}, []
    for item in items:
        id = parsed(item.word.external_id)
        if id in standing:
            told[id] = item
        else:
            unknown.append(Rejected(item.row, "external_id", item.word.external_id, _("there is no such customer")))
    return told, unknown


def write(told: Mapping[UUID, Told], *, maker: Maker, run: ImportRun) -> set[UUID]:
    """Change what is told otherwise than it stands. Returns the customers that were changed."""
    before = dict(golden.held(told.keys()))
    surviving, values = identities.surviving(told.keys(), maker), custom.values_of(told.keys())
    keys = {field.key: field for field in custom.fields()}
    changes = {}
    for id, item in told.items():
        stands = surviving.get(id, {}) | {
            key: custom.text_of(keys[key], value) for key, value in values.get(id, {}).items()
        }
        different = _different(item.word.content, before[id], stands, maker.region)
        if different:
            changes[id] = different
    identities.edit_many(changes, run=run)
    return changes.keys()


def _different(content: Mapping[str, str], before: Golden, stands: Mapping[str, str], region: str) -> dict[str, str]:
    after = projection.golden(projection.survive_alone(content), region=region)
    found = {}
    for name, value in content.items():
        if name in COLUMNS:
            is_other = any(getattr(after, column) != getattr(before, column) for column in COLUMNS[name])
        else:
            is_other = text.clean(value) != text.clean(stands.get(name) or "")
        if is_other:
            found[name] = value
    return found
