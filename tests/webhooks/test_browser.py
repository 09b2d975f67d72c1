"""Webhooks in front of a real browser: from the first page to a message that arrived, by axe, at both widths."""

import pytest

from tenancy import context
from tests.pages.conftest import chromium, visit
from tests.webhooks.receiver import receiving
from webhooks import delivering
from webhooks.models import Delivery, Endpoint

pytestmark = pytest.mark.browser
__all__ = ["chromium", "visit"]


@pytest.mark.parametrize(
    ("language", "width", "theme", "scripts"),
    [("zh-hans", 360, "light", True), ("en", 1280, "dark", True), ("en", 360, "light", False)],
)
def test_made_tried_and_paused(language, width, theme, scripts, visit, cast, tenant, settings):
    settings.WEBHOOK_INSECURE = True
    ada = visit(language=language, width=width, theme=theme, scripts=scripts)
    ada.log_in()
    ada.open(f"/t/{tenant.slug}/settings/webhooks/")
    assert faults(ada) == []
    ada.follow(".empty a.primary")
    ada.follow("button.primary")
    assert faults(ada) == []
    with receiving() as receiver:
        ada.page.fill("[name=url]", receiver.url)
        ada.page.check("[value='order.created']")
        ada.follow("button.primary")
        receiver.secret = ada.page.locator(".notice code").inner_text()
        assert faults(ada) == []
        ada.follow(".empty button.primary")
        with context.entered(tenant.id):
            endpoint = Endpoint.objects.get()
        delivering.deliver(tenant.id, endpoint.id)
        assert [verified for _id, _message, verified in receiver.got] == [True]
    ada.open(f"/t/{tenant.slug}/settings/webhooks/{endpoint.id}/")
    assert "webhook.test" in ada.page.locator("tbody").inner_text()
    assert faults(ada) == []
    ada.follow("form[action$='/pauses/'] button")
    assert faults(ada) == []
    ada.follow("form[action*='/replays/'] button")
    assert ada.page.locator(".errors").count() == 1
    assert faults(ada) == []
    with context.entered(tenant.id):
        assert (Delivery.objects.get().state, Endpoint.objects.get().is_active) == ("done", False)


def faults(visit) -> list[str]:
    return visit.faults() if visit.scripts else visit.complaints()
