"""Personal values at rest: unreadable in the database, for another company and in another column; keys change."""

import base64
import os

import pytest
from django.db import connection

from crm.lib import crypto
from customers import identities, search
from customers.models import Customer, Identifier, Source
from tenancy import context, encryption, jobs, rotation
from tenancy.models import DataKey


@pytest.fixture
def customer(entered):
    source = Source.objects.create(key="shop")
    told = {"name": "张三", "phone": "138 1234 5678", "email": "Zhang@Example.com"}
    identities.record([identities.Person("M1", told)], source=source)
    return Customer.objects.get()


def stored(column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM customers_customer")
        return bytes(cursor.fetchone()[0])


def test_value_is_ciphertext_in_the_database_and_plain_on_the_instance(customer):
    assert b"13812345678" not in stored("phone")
    assert Customer.objects.get().phone == "+8613812345678"


def test_ciphertext_of_another_column_does_not_open(customer):
    field = Customer._meta.get_field("email")
    with pytest.raises(crypto.Unreadable):
        field.open(encryption.Sealed(stored("phone")))


def test_ciphertext_of_another_company_does_not_open(customer, other_tenant):
    sealed = stored("phone")
    with context.entered(other_tenant.id), pytest.raises(crypto.Unreadable):
        Customer._meta.get_field("phone").open(encryption.Sealed(sealed))


def test_plaintext_never_reaches_the_database_by_a_side_door(customer):
    with pytest.raises(TypeError, match="plaintext"):
        Customer.objects.update(phone="+8613800000001")
    with pytest.raises(TypeError, match="plaintext"):
        Customer.objects.filter(phone="+8613812345678").exists()
    customer.phone = "+8613800000001"
    with pytest.raises(TypeError, match="plaintext"):
        Customer.objects.bulk_update([customer], ["phone"])


def test_blind_index_differs_between_companies(customer, other_tenant):
    here = encryption.blind_index("+8613812345678", purpose="phone")
    with context.entered(other_tenant.id):
        assert encryption.blind_index("+8613812345678", purpose="phone") != here


def test_new_data_key_reencrypts_everything_and_nothing_is_lost(customer, tenant, cast):
    before = stored("phone")
    job = rotation.rotate(by=None, enqueue=False)
    jobs.run(tenant.id, job.id, take_over=True)
    assert crypto.version_of(before) == 1
    assert crypto.version_of(stored("phone")) == 2
    assert {crypto.version_of(bytes(v)) for v in Identifier.objects.values_list("value", flat=True)} == {2}
    assert Customer.objects.get().email == "zhang@example.com"
    assert [c.id for c in search.find("13812345678", member=cast.ada, region="CN")] == [customer.id]


def test_new_master_key_wraps_the_data_keys(customer, settings):
    settings.MASTER_KEYS = [base64.b64encode(os.urandom(32)).decode(), *settings.MASTER_KEYS]
    assert rotation.rewrap() == 2
    settings.MASTER_KEYS = settings.MASTER_KEYS[:1]
    encryption.forget_keys()
    assert Customer.objects.get().phone == "+8613812345678"
    assert rotation.rewrap() == 0


def test_lost_data_key_makes_values_unreadable(customer):
    DataKey.objects.filter(purpose="encrypt").delete()
    encryption.forget_keys()
    with pytest.raises(crypto.Unreadable):
        assert Customer.objects.get().phone
