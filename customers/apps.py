from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self):
        from customers import changes
        from customers.models import Customer, ImportRun
        from tenancy import audit

        changes.declare()
        audit.describe(
            {
                "customer.created": _("Added a customer"),
                "customer.changed": _("Changed a customer"),
                "customer.recorded": _("Recorded a customer of a source"),
                "customer.revealed": _("Saw contact data"),
                "customer.shared": _("Shared a customer"),
                "customer.unshared": _("Took a share back"),
                "customers.handed_over": _("Handed customers over"),
                "import.taken": _("Uploaded a file"),
                "import.started": _("Started an import"),
                "import.discarded": _("Discarded a file"),
                "import.problems_fetched": _("Fetched the rows that were left out"),
            }
        )
        page = {"page": "customers:detail", "argument": "customer_id"}
        audit.describe_subject(Customer, audit.Subject(_("Customer"), find=_names, **page))
        audit.describe_subject(ImportRun, audit.Subject(_("Import"), find=audit.names(ImportRun)))


def _names(ids, *, by):
    from customers.models import Customer

    return {row.id: row.display_name for row in Customer.objects.visible_to(by).filter(id__in=ids).only("name")}
