import pytest
from django.db import connection, transaction

pytest_plugins = ["tests.cast"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The owner makes the test database; every test then runs as the application's role."""
    connection.settings_dict["OPTIONS"]["assume_role"] = "crm_app"
    connection.close()
    yield
    del connection.settings_dict["OPTIONS"]["assume_role"]
    connection.close()


@pytest.fixture(scope="module")
def once(django_db_setup, django_db_blocker):
    """What is made after it stands for every test of the module, in a transaction around theirs: a module that takes
    it has no test with transactions of its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def fresh_process():
    """What a process remembers of keys and tenants must not cross from one test's database to the next."""
    from tenancy import encryption

    encryption.forget_keys()
