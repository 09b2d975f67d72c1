"""What the data for reports tells the rest of the product at its start."""

from django.utils.translation import gettext_lazy as _

from privacy import leftovers
from segmentation.reporting import bundling, writing
from tenancy import audit


def connect() -> None:
    assert writing.write  # its job is known from here on
    leftovers.also("segmentation.reporting files", bundling.forget_person)
    audit.describe(
        {
            "reporting.exported": _("Asked for the data for reports"),
            "reporting.downloaded": _("Downloaded the data for reports"),
        }
    )
