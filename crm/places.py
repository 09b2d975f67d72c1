"""The pages that a search anywhere finds by their names: those of the navigation and of the settings."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import text
from tenancy.models import Membership
from tenancy.permissions import Permission

P = Permission


@dataclass(frozen=True)
class Place:
    """A page under its name in the navigation; `permission` opens it, None for every member."""

    label: str | Promise
    url_name: str
    icon: str
    permission: Permission | None = None

    def answers_to(self, query: str) -> bool:
        """Whether its name holds the query, or is spelt so in pinyin, or has these initials."""
        name, needle = text.name_key(str(self.label)), text.name_key(query).strip()
        if not needle or needle in name:
            return bool(needle)
        spoken, typed = text.pinyin(str(self.label)), text.pinyin(needle).full
        return bool(typed) and needle.isascii() and (spoken.full.startswith(typed) or spoken.initials.startswith(typed))


PLACES = (
    Place(pgettext_lazy("page", "Home"), "home", "home"),
    Place(_("Customers"), "customers:list", "users", P.CUSTOMERS_VIEW),
    Place(_("New customer"), "customers:create", "plus", P.CUSTOMERS_EDIT),
    Place(_("Exports"), "exports:list", "arrow-down-tray", P.CUSTOMERS_EXPORT),
    Place(_("Till"), "till:till", "calculator", P.TILL_USE),
    Place(_("Orders"), "sales:order_list", "shopping-bag", P.ORDERS_VIEW),
    Place(_("Products"), "sales:product_list", "tag", P.ORDERS_VIEW),
    Place(_("Insights"), "insights:overview", "chart-bar", P.INSIGHTS_VIEW),
    Place(_("Feedback"), "feedback:tickets", "chat-bubble-left-right", P.TICKETS_VIEW),
    Place(_("Imports"), "imports:list", "arrow-up-tray", P.IMPORTS_RUN),
    Place(_("Duplicates"), "duplicates:queue", "document-duplicate", P.CUSTOMERS_MERGE),
    Place(_("Merges"), "duplicates:merges", "arrows-pointing-in", P.CUSTOMERS_MERGE),
    Place(_("Segments"), "segments:list", "funnel", P.CUSTOMERS_VIEW),
    Place(_("New segment"), "segments:create", "plus", P.SEGMENTS_EDIT),
    Place(_("Jobs"), "jobs:list", "queue-list", P.JOBS_VIEW),
    Place(_("Company"), "settings:company", "cog-6-tooth", P.SETTINGS_EDIT),
    Place(_("Stores"), "settings:stores", "cog-6-tooth", P.SETTINGS_EDIT),
    Place(_("Teams"), "settings:teams", "cog-6-tooth", P.SETTINGS_EDIT),
    Place(_("Staff"), "settings:staff", "cog-6-tooth", P.SETTINGS_EDIT),
    Place(_("Roles"), "settings:roles", "cog-6-tooth", P.SETTINGS_EDIT),
    Place(_("Fields"), "fields:list", "cog-6-tooth", P.FIELDS_EDIT),
    Place(_("Tags"), "fields:tags", "cog-6-tooth", P.FIELDS_EDIT),
    Place(_("Match model"), "duplicates:models", "cog-6-tooth", P.SETTINGS_EDIT),
    Place(_("Stages"), "scales:stages", "cog-6-tooth", P.SEGMENTS_EDIT),
    Place(_("Scores"), "scales:bands", "cog-6-tooth", P.SEGMENTS_EDIT),
    Place(_("Points"), "loyalty:programme", "cog-6-tooth", P.PROGRAMME_EDIT),
    Place(_("Survey"), "feedback:survey", "cog-6-tooth", P.SURVEYS_EDIT),
    Place(_("API tokens"), "settings:tokens", "cog-6-tooth", P.TOKENS_EDIT),
    Place(_("Webhooks"), "webhooks:list", "cog-6-tooth", P.WEBHOOKS_EDIT),
    Place(_("Privacy"), "privacy:policies", "cog-6-tooth", P.SETTINGS_EDIT),
    Place(_("Audit"), "settings:audit", "cog-6-tooth", P.AUDIT_VIEW),
)


def open_to(member: Membership, query: str) -> Iterator[Place]:
    """The pages that the member may open and that are called so; all of them where nothing is asked for."""
    for place in PLACES:
        if (place.permission is None or member.can(place.permission)) and (not query or place.answers_to(query)):
            yield place
