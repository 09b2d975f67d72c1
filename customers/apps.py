from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self):
        from customers import changes, registry, retiring
        from customers.duplicates import bulk
        from customers.imports import kinds, people, undoing
        from customers.matching import decisions, starting
        from customers.merging import staff_edits
        from customers.models import (
            Customer,
            CustomField,
            ImportConflict,
            ImportRun,
            Match,
            MatchModel,
            SourceRecord,
            SourceVersion,
            Tag,
        )
        from customers.quality import standardising
        from tenancy import audit

        assert undoing and standardising and retiring and bulk  # whose jobs are known by that
        changes.declare()
        registry.on_told(starting.soon)
        registry.on_unmerged(decisions.follow_unmerge)
        registry.goes_silently(ImportConflict._meta.label)
        edits = registry.Own(staff_edits.later, staff_edits.holder, staff_edits.assign)
        registry.merges_by_itself(SourceVersion._meta.label, edits)
        kinds.register(people.CustomerFiles())
        audit.describe(
            {
                "customer.created": _("Added a customer"),
                "customer.changed": _("Changed a customer"),
                "customer.recorded": _("Recorded a customer of a source"),
                "customers.recorded": _("Recorded customers of a source"),
                "customer.revealed": _("Saw contact data"),
                "customer.shared": _("Shared a customer"),
                "customer.unshared": _("Took a share back"),
                "customer.tagged": _("Put tags on a customer"),
                "customer.untagged": _("Took tags off a customer"),
                "customers.tagged": _("Put tags on customers"),
                "customers.untagged": _("Took tags off customers"),
                "tag.created": _("Added a tag"),
                "tag.changed": _("Renamed a tag"),
                "tag.merged": _("Merged a tag into another"),
                "tag.deleted": _("Deleted a tag"),
                "field.created": _("Added a field"),
                "field.changed": _("Changed a field"),
                "field.moved": _("Moved a field"),
                "field.archived": _("Archived a field"),
                "field.restored": _("Restored a field"),
                "customers.standardised": _("Standardised all customers"),
                "customer.merged": _("Merged customers"),
                "customer.unmerged": _("Undid a merge"),
                "customer.row_assigned": _("Assigned what came after a merge"),
                "steward.appointed": _("Appointed a steward"),
                "customers.handed_over": _("Handed customers over"),
                "match.decided": _("Decided on a pair"),
                "match.withdrawn": _("Took a decision on a pair back"),
                "duplicates.merged_many": _("Merged many pairs"),
                "duplicates.unmerged_many": _("Undid the merge of many pairs"),
                "match_model.activated": _("Chose another match model"),
                "import.taken": _("Uploaded a file"),
                "import.started": _("Started an import"),
                "import.undone": _("Undid an import"),
                "import.discarded": _("Discarded a file"),
                "import.problems_fetched": _("Fetched the rows that were left out"),
            }
        )
        page = {"page": "customers:detail", "argument": "customer_id"}
        audit.describe_subject(Customer, audit.Subject(_("Customer"), find=_names, **page))
        audit.describe_subject(CustomField, audit.Subject(_("Field"), find=audit.names(CustomField)))
        audit.describe_subject(Tag, audit.Subject(_("Tag"), find=audit.names(Tag)))
        audit.describe_subject(Match, audit.Subject(_("Pair"), page="duplicates:pair", argument="match_id"))
        audit.describe_subject(SourceRecord, audit.Subject(_("Source record")))
        audit.describe_subject(MatchModel, audit.Subject(_("Match model")))
        audit.describe_subject(ImportRun, audit.Subject(_("Import"), find=audit.names(ImportRun)))


def _names(ids, *, by):
    from customers.models import Customer

    return {row.id: row.display_name for row in Customer.objects.visible_to(by).filter(id__in=ids).only("name")}
