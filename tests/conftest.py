import pytest
from django.db import connection

pytest_plugins = ["tests.cast"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The owner makes the test database; every test then runs as the application's role."""
    connection.settings_dict["OPTIONS"]["assume_role"] = "crm_app"
    connection.close()
    yield
    del connection.settings_dict["OPTIONS"]["assume_role"]
    connection.close()


@pytest.fixture(autouse=True)
def fresh_process():
    """What a process remembers of keys and tenants must not cross from one test's database to the next."""
    from tenancy import encryption

    encryption.forget_keys()
