"""The privacy tab, the export, the erasure and the policy, in front of people with and without the right."""

import json

import pytest

from customers.models import Customer
from privacy import consent
from privacy.models import Channel, Erasure, PolicyVersion, Purpose
from tenancy import sending
from tenancy.models import AuditEvent, Role


@pytest.fixture
def ada(cast, login):
    cast.ada.user.refresh_from_db()
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


@pytest.fixture
def customer(entered):
    return Customer.objects.create(name="Wang Fang")


@pytest.fixture
def url(customer, tenant):
    return f"/t/{tenant.slug}/customers/{customer.id}/privacy/"


def test_consent_is_given_and_withdrawn_on_the_page(ada, url, customer):
    said = {"channel": "sms", "purposes": ["service", "marketing"]}
    assert ada.post(f"{url}consents/", said).status_code == 302
    assert consent.holds(customer, Purpose.MARKETING, Channel.SMS)
    part = ada.post(f"{url}withdrawals/", {**said, "purposes": ["marketing"]}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert not consent.holds(customer, Purpose.MARKETING, Channel.SMS)
    page = ada.get(url).content.decode()
    assert (page.count(">given<"), page.count(">withdrawn<")) == (1, 1)
    assert "policy 1" in page


def test_no_purpose_is_told_at_its_field(ada, url):
    answer = ada.post(f"{url}consents/", {"channel": "pigeon"})
    assert answer.status_code == 200
    assert answer.content.decode().count('class="errors"') == 2


def test_export_is_a_file_and_audited(ada, url, customer):
    answer = ada.post(f"{url}exports/")
    assert answer["Content-Disposition"] == f'attachment; filename="customer-{customer.id}.json"'
    assert json.loads(answer.content)["customer"] == str(customer.id)
    assert AuditEvent.objects.filter(action="customer.exported", subject_id=customer.id).count() == 1


@pytest.mark.parametrize("typed", ["Wang Fang", "ERASE"])
def test_erasing_asks_for_the_name_and_gives_a_receipt(ada, url, customer, typed):
    wrong = ada.post(f"{url}erasures/", {"reason": "request", "confirmation": "yes"})
    assert wrong.content.decode().count('class="errors"') == 1
    assert not Erasure.objects.exists()
    receipt = ada.post(f"{url}erasures/", {"reason": "request", "confirmation": typed}, follow=True)
    erasure = Erasure.objects.get()
    assert erasure.receipt in receipt.content.decode()
    assert "Wang Fang" not in receipt.content.decode()
    assert ada.get(f"{url}erasures/").status_code == 404
    page = ada.get(url).content.decode()
    assert "Erased customer" in page
    assert "consents/" not in page
    customer.refresh_from_db()
    assert not Customer.objects.editable_by(erasure.by).filter(id=customer.id).exists()


def test_get_erases_nobody(ada, url):
    assert ada.get(f"{url}erasures/?confirmation=ERASE&reason=request").status_code == 200
    assert not Erasure.objects.exists()


@pytest.mark.parametrize(
    ("path", "right"),
    [("consents/", "CONSENTS_EDIT"), ("withdrawals/", "CONSENTS_EDIT"), ("exports/", "PRIVACY_EXPORT"),
     ("erasures/", "PRIVACY_ERASE")],
)  # fmt: skip
def test_without_the_right_it_is_refused(ada, url, cast, path, right):
    role = Role.objects.get(key="admin")
    role.permissions = [one for one in role.permissions if one != right]
    role.save()
    assert ada.post(url + path, {"channel": "sms", "purposes": "service", "confirmation": "ERASE"}).status_code == 403
    assert ada.get(url).status_code == 200


def test_a_customer_one_does_not_see_is_a_404(login, cast, url):
    alice = login(cast.alice)
    assert alice.get(url).status_code == 404
    assert alice.post(f"{url}consents/", {"channel": "sms", "purposes": "service"}).status_code == 404


def test_the_policy_is_published_and_stands_open(ada, client, tenant, entered):
    form = {
        f"{language}:{purpose}": f"{purpose} words {language}" for language in ("zh-hans", "en") for purpose in Purpose
    }
    page = f"/t/{tenant.slug}/settings/policy/"
    short = ada.post(page, {**form, "en:service": ""})
    assert short.content.decode().count('class="errors"') == 1
    assert ada.post(page, form).status_code == 302
    assert PolicyVersion.objects.count() == 2
    client.logout()
    client.cookies["django_language"] = "en"
    public = client.get(f"/p/{tenant.slug}/policy/")
    assert public.status_code == 200
    assert "marketing words en" in public.content.decode()
    assert "zh-hans" not in public.content.decode().split("<main", 1)[1].split("<h1>", 1)[1]


def test_a_company_that_is_not_there_has_no_policy(client, db):
    assert client.get("/p/nobody/policy/").status_code == 404


@pytest.fixture
def paused(db):
    sending.switch(on=False)
    yield
    sending.switch(on=True)


def test_admins_of_a_restored_copy_are_told(ada, cast, login, tenant, paused, customer):
    home = f"/t/{tenant.slug}/"
    assert "sending is off" in ada.get(home).content.decode()
    bob = login(cast.bob)
    bob.cookies["django_language"] = "en"
    assert "sending is off" not in bob.get(home).content.decode()
