"""What customers answer, behind a sealed link, without a login."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customers.models import Customer
from feedback import kinds, surveys, tickets
from feedback.models import Invitation, Response, Survey
from interactions import timeline
from sales.models import Order
from webhooks import feed

CHANGEABLE = timedelta(hours=24)
RECEIPT = "receipt"


class Closed(Exception):
    """The link is too old, the survey is off, or the answer stands for good."""


@dataclass(frozen=True)
class Asked:
    """Who is asked: `order` or `invitation` makes the answer one, `customer` is whose it is, if anybody's."""

    survey: Survey
    order: Order | None
    invitation: Invitation | None
    customer: Customer | None
    channel: str
    since: datetime

    @property
    def key(self) -> dict:
        return {"order": self.order} if self.order else {"invitation": self.invitation}

    @property
    def response(self) -> Response | None:
        return Response.objects.filter(**self.key).first()


def of_order(order: Order) -> Asked:
    return Asked(surveys.current(), order, None, _remembered(order.customer), RECEIPT, order.at)


def of_invitation(invitation: Invitation) -> Asked:
    customer = _remembered(invitation.customer)
    return Asked(surveys.current(), None, invitation, customer, invitation.channel, invitation.at)


def _remembered(customer: Customer | None) -> Customer | None:
    """None for one who was erased: an old link must not fill the page of nobody."""
    return None if customer is None or customer.erased_at else customer


def check(asked: Asked) -> None:
    """Raises Closed where no answer, or no other answer, can be given."""
    now = timezone.now()
    if not asked.survey.is_active or (asked.invitation and asked.customer is None):
        raise Closed(_("This survey is closed."))
    if asked.since + asked.survey.life < now:
        raise Closed(_("This link is too old to be answered. Thank you all the same!"))
    response = asked.response
    if response and not is_changeable(response):
        raise Closed(_("You have answered already. Thank you!"))


def is_changeable(response: Response) -> bool:
    return response.at + CHANGEABLE > timezone.now()


def answer(asked: Asked, *, score: int, comment: str, at: datetime | None = None) -> Response:
    """The answer, 1 to 5 with a comment. Within a day another replaces it; the timeline keeps both, the same again
    changes nothing. A low score opens a ticket in the same transaction. Raises Closed."""
    check(asked)
    language = (get_language() or "")[:10]
    told = {"score": score, "comment": comment, "channel": asked.channel, "language": language}
    mine = Response(**asked.key, **told, customer=asked.customer, at=at or timezone.now())
    Response.objects.bulk_create([mine], ignore_conflicts=True)
    response = Response.objects.select_for_update(no_key=True).get(**asked.key)
    is_new = response.id == mine.id
    if not is_new:
        if (response.score, response.comment) == (score, comment):
            return response
        if not is_changeable(response):
            raise Closed(_("You have answered already. Thank you!"))
        response.score, response.comment, response.changed_at = score, comment, timezone.now()
        response.language = language
        response.save(update_fields=["score", "comment", "changed_at", "language"])
    _tell(response, is_new=is_new)
    tickets.follow(response, survey=asked.survey)
    return response


def _tell(response: Response, *, is_new: bool) -> None:
    if response.customer_id:
        timeline.record(
            response.customer,
            kinds.ANSWERED if is_new else kinds.CORRECTED,
            at=response.changed_at or response.at,
            subject_id=response.id if is_new else None,
            text=response.comment,
            facts={"score": response.score, "response_id": str(response.id)},
        )
    feed.record((kinds.ANSWERED, [response.id]))


def scores_of(ids: set[UUID]) -> dict[UUID, Response]:
    return Response.objects.in_bulk(ids)
