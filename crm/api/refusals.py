"""What the till, the ledger and tickets refuse, as problems for programs."""

from collections.abc import Iterator
from contextlib import contextmanager

from rest_framework.exceptions import ErrorDetail, ValidationError

from crm.api.problems import Unprocessable
from feedback import tickets
from loyalty import adjusting, basket, checkout, codes, enrolling, ledger, quoting, returns

CODES = {
    adjusting.Decided: "decided",
    adjusting.KeyUsed: "key_reused",
    adjusting.SamePerson: "same_person",
    checkout.CodeNeeded: "code_needed",
    checkout.KeyReused: "key_reused",
    checkout.UnknownCustomer: "unknown_customer",
    codes.NoWay: "no_way_to_send",
    codes.TooSoon: "too_soon",
    codes.WrongCode: "wrong_code",
    enrolling.AlreadyMember: "already_member",
    ledger.NotEnoughPoints: "not_enough_points",
    ledger.TooManyPoints: "too_many_points",
    quoting.PointsUnfit: "points_unfit",
    tickets.CannotWork: "cannot_work",
    tickets.IsClosed: "ticket_closed",
    tickets.NotClosed: "ticket_open",
    tickets.NoWay: "no_way_to_send",
}


@contextmanager
def refused() -> Iterator[None]:
    """A refusal becomes `422`, one about a line of the body `400` with its place."""
    try:
        yield
    except basket.BadBasket as problem:
        detail = [ErrorDetail(str(problem), code=problem.code)]
        raise ValidationError({"lines": detail if problem.line is None else {problem.line: detail}}) from problem
    except returns.BadReturn as problem:
        raise ValidationError({"lines": [ErrorDetail(str(problem), code=problem.code)]}) from problem
    except tuple(CODES) as problem:
        raise Unprocessable(str(problem), code=CODES[type(problem)]) from problem
