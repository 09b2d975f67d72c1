"""The rules of the programme on their page, and corrections that wait for a second person."""

from uuid import uuid4

import pytest

from loyalty import adjusting, ledger, programmes
from loyalty.models import Account, Adjustment, ProgrammeVersion
from tenancy import companies
from tenancy.models import AuditEvent
from tenancy.permissions import Scope
from tests.cast import person
from tests.loyalty import shop

PAGE = "/t/lanhu/settings/points/"
LIST = "/t/lanhu/points/corrections/"
PART = {"HX-Request": "true"}
RULES = {
    "name": "积分", "is_active": "on", "number": "0", "earn_points": "1", "earn_amount": "1", "point_value": "0.01",
    "redeem_step": "100", "redeem_share": "50", "expires_after": "12", "code_above": "", "adjust_limit": "1000",
}  # fmt: skip


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


def test_saved_rules_are_a_version_and_the_same_rules_are_none(ada, cast, entered):
    assert ada.post(PAGE, RULES).status_code == 302
    ada.post(PAGE, RULES | {"number": "1"})
    version = ProgrammeVersion.objects.get()
    assert (version.number, version.redeem_share, version.code_above, version.created_by) == (1, 50, None, cast.ada)
    assert AuditEvent.objects.filter(action="programme.changed").count() == 1


def test_history_says_what_was_changed(ada, entered):
    ada.post(PAGE, RULES)
    ada.post(PAGE, RULES | {"number": "1", "redeem_share": "80", "expires_after": ""})
    history = ada.get(PAGE).context["history"]
    assert [version.number for version, _changes in history] == [2, 1]
    told = [(one.rule, one.before, one.after) for _label, one in history[0][1]]
    assert told == [("redeem_share", 50, 80), ("expires_after", 12, None)]
    assert len(history[1][1]) == len(programmes.RULES)


def test_rules_that_somebody_else_changed_are_not_overwritten(ada, entered):
    ada.post(PAGE, RULES)
    refused = ada.post(PAGE, RULES | {"redeem_share": "80"})
    assert "Somebody changed the rules meanwhile" in refused.content.decode()
    assert programmes.current().redeem_share == 50


def test_the_example_follows_what_is_typed_and_saves_nothing(ada, entered):
    typed = RULES | {"earn_points": "2", "redeem_share": "10"}
    for told in (ada.get(PAGE, typed, headers=PART), ada.post(PAGE, typed | {"do": "example"})):
        example = told.context["example"]
        assert (example.earned, str(example.earned_value), example.most) == (256, "2.56", 1200)
        assert "256 points" in told.content.decode()
    assert "<html" not in ada.get(PAGE, typed, headers=PART).content.decode()
    assert not ProgrammeVersion.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("earn_points", "-1"), ("earn_points", "10001"), ("earn_amount", "0"), ("point_value", "0"),
        ("point_value", "NaN"), ("redeem_step", "0"), ("redeem_share", "101"), ("expires_after", "121"),
        ("code_above", "99999999999"), ("adjust_limit", ""), ("name", ""), ("number", "x"),
    ],
)  # fmt: skip
def test_a_rule_out_of_bounds_is_refused_at_its_field(ada, entered, field, value):
    refused = ada.post(PAGE, RULES | {field: value})
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, [field])
    assert not ProgrammeVersion.objects.exists()
    assert refused.context["example"] is None


def test_switched_off_nothing_is_earned_and_the_page_says_so(ada, entered):
    ada.post(PAGE, RULES)
    off = {name: value for name, value in RULES.items() if name != "is_active"}
    ada.post(PAGE, off | {"number": "1"})
    assert programmes.current() is None
    assert programmes.latest().number == 1
    assert "The programme is switched off." in ada.get(PAGE).content.decode()


def test_only_who_may_changes_the_rules(cast, login):
    assert login(cast.bob).get(PAGE).status_code == 403


@pytest.fixture
def waiting(cast, entered):
    shop.programme(adjust_limit=100)
    return adjusting.ask(shop.member(), points=500, reason="补积分", request_id=str(uuid4()), by=cast.dora)


def test_a_second_person_approves_once(ada, cast, waiting):
    assert "补积分" in ada.get(LIST).content.decode()
    for _turn in range(2):
        ada.post(f"{LIST}{waiting.id}/approvals/")
    entry = Account.objects.get().entries.get()
    assert (entry.points, entry.actor, entry.approver) == (500, cast.dora, cast.ada)
    assert ada.get(LIST).context["page"].rows == []


def test_a_refused_correction_moves_nothing(ada, waiting):
    ada.post(f"{LIST}{waiting.id}/refusals/")
    waiting.refresh_from_db()
    assert (waiting.state, Account.objects.exists()) == (Adjustment.State.REFUSED, False)


def test_nobody_approves_their_own(ada, cast, waiting):
    own = adjusting.ask(waiting.customer, points=500, reason="x", request_id="own", by=cast.ada)
    page = ada.get(LIST).content.decode()
    assert f"{own.id}/approvals/" not in page
    assert f"{own.id}/refusals/" in page
    refused = ada.post(f"{LIST}{own.id}/approvals/")
    assert "You asked for it" in refused.content.decode()
    own.refresh_from_db()
    assert own.state == Adjustment.State.WAITING


def test_corrections_of_customers_out_of_scope_are_absent(cast, login, waiting):
    boss = companies.add_member(person("Mona"), role="manager", scope=Scope.STORE, store=cast.other_store)
    mona = login(boss)
    assert mona.get(LIST).context["page"].rows == []
    assert mona.post(f"{LIST}{waiting.id}/approvals/").status_code == 404


def test_a_correction_that_takes_too_much_says_so_and_waits_on(ada, cast, waiting):
    down = adjusting.ask(waiting.customer, points=-800, reason="x", request_id="down", by=cast.dora)
    assert "Only 0 points are there." in ada.post(f"{LIST}{down.id}/approvals/").content.decode()
    down.refresh_from_db()
    assert down.state == Adjustment.State.WAITING


def test_a_refused_small_correction_leaves_nothing_behind(ada, cast, entered):
    shop.programme(adjust_limit=1000)
    customer = shop.member()
    ledger.earn(customer, points=50, request_id="e", by=None)
    told = {"key": str(uuid4()), "points": "-80", "reason": "x"}
    refused = ada.post(f"/t/lanhu/customers/{customer.id}/points/adjustments/", told)
    assert refused.context["form"].errors == {"points": ["Only 50 points are there."]}
    assert not Adjustment.objects.exists()
