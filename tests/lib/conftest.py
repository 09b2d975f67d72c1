import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    """The sentences are asserted in the language they are written in."""
    with translation.override("en"):
        yield
