import pytest

from tenancy import context
from tests.pages import shop


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def address(tenant):
    """address("customers/") in the first company."""
    return lambda path="": f"/t/{tenant.slug}/{path}"


@pytest.fixture
def stocked(cast, tenant):
    """The first company with twelve customers; the first of them has a full timeline."""
    with context.entered(tenant.id):
        customers = shop.stock()
        shop.told(customers[0], cast.ada)
    return customers
