"""Why a product is offered, in words that a clerk can say aloud."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from segmentation.recommending.history import Bought
from segmentation.recommending.ranking import Kind, Ranked

WEEK = 7
IN_WEEKS_FROM = 14  # days


def reason(one: Ranked[UUID], *, bought: Mapping[UUID, Bought], names: Mapping[UUID, str], today: date) -> str:
    """The reason in the reader's language; `names` are those of the products it may speak of."""
    if one.kind == Kind.AGAIN:
        return _rhythm(bought[one.product], today)
    name = names.get(one.because, "")
    if one.kind == Kind.WITH and name:
        return _("goes with %(name)s") % {"name": name}
    if one.kind == Kind.ALIKE and name:
        return _("customers who buy %(name)s buy this too") % {"name": name}
    return _("much bought at present")


def _rhythm(bought: Bought, today: date) -> str:
    gap = bought.gap
    if gap is None:
        return _once(bought, today)
    if gap < IN_WEEKS_FROM:
        return ngettext("bought every day", "bought every %(n)s days", gap) % {"n": gap}
    weeks = round(gap / WEEK)
    return ngettext("bought every week", "bought every %(n)s weeks", weeks) % {"n": weeks}


def _once(bought: Bought, today: date) -> str:
    days = (today - bought.last).days
    if days <= 0:
        return _("bought today")
    if bought.days == 2:
        return ngettext("bought twice, last yesterday", "bought twice, last %(n)s days ago", days) % {"n": days}
    return ngettext("bought yesterday", "bought %(n)s days ago", days) % {"n": days}
