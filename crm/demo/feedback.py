"""What customers said of late: thirty answers, most of them kind, and the tickets that the others opened."""

from datetime import timedelta
from random import Random

from django.utils import timezone, translation

from feedback import answering, tickets
from feedback.models import Ticket
from sales.models import Order
from tenancy.models import Membership

ANSWERS = 30
HOW_MANY = {5: 13, 4: 8, 3: 4, 2: 3, 1: 2}
SAID = {
    "zh-hans": {
        5: ["店员很耐心，推荐的正合适。", "包装漂亮，送礼很有面子。", ""], 4: ["不错，就是排队久了点。", ""], 3: ["一般，没有想要的颜色。"],
        2: ["退货跑了两趟才办好。", "网店显示有货，到店却没有。"], 1: ["杯子买回来是裂的，希望能换。", "等了半个小时没人理。"],
    },
    "en": {
        5: ["Lovely staff, found just the thing.", "Beautifully wrapped.", ""], 4: ["Nice, but the queue was long.", ""],
        3: ["All right. Not my colour."], 2: ["The web said in stock, the shop had none."], 1: ["The mug was cracked when I got home."],
    },
}  # fmt: skip
NOTED = {"zh-hans": "已联系门店，确认可以换货。", "en": "The shop will exchange it."}
DONE = {"zh-hans": "已换货，客户满意。", "en": "Exchanged; the customer is happy."}


def hear(random: Random, *, language: str, by: Membership) -> None:
    """Answers to the newest receipts; of the tickets one is closed, one somebody's, the rest wait."""
    now, said = timezone.now(), SAID[language]
    scores = [score for score, times in HOW_MANY.items() for _time in range(times)]
    random.shuffle(scores)
    newest = Order.objects.filter(customer__isnull=False, at__gte=now - timedelta(days=20)).select_related("customer")
    with translation.override(language):
        for order, score in zip(newest.order_by("-at")[:ANSWERS], scores, strict=False):
            at = min(order.at + timedelta(hours=random.randrange(1, 30)), now)
            answering.answer(answering.of_order(order), score=score, comment=random.choice(said[score]), at=at)
    for place, ticket in enumerate(Ticket.objects.order_by("due_at")[:3]):
        tickets.assign(ticket, by, request_id="demo:assign", by=by)
        if place < 2:
            tickets.note(ticket, text=NOTED[language], request_id="demo:note", by=by)
        if place == 0:
            tickets.close(ticket, text=DONE[language], request_id="demo:close", by=by)
