from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentationConfig(AppConfig):
    name = "segmentation"

    def ready(self):
        from customers import registry as customers_registry
        from privacy import leftovers
        from sales import registry
        from segmentation import bulk, merging, scoring, stats
        from segmentation.exports import asking, making
        from segmentation.models import BulkChange, BulkRow, CustomerDay, CustomerStats, Export, SavedView
        from segmentation.recommending import building
        from tenancy import audit

        assert bulk.do and making.make and building.build  # their jobs are known from here on
        leftovers.also("segmentation.Export files", asking.forget_person)
        registry.on_orders_changed(stats.refresh)
        customers_registry.merges_by_itself(CustomerStats._meta.label)
        customers_registry.merges_by_itself(CustomerDay._meta.label)
        customers_registry.goes_silently(BulkRow._meta.label)
        customers_registry.on_worth(stats.spent)
        customers_registry.on_merged(merging.follow)
        customers_registry.on_unmerged(merging.follow_back)
        customers_registry.on_reassigned(merging.follow_row)
        registry.on_orders_imported(scoring.score)
        audit.describe(
            {
                "view.saved": _("Saved a view"),
                "view.changed": _("Changed a view"),
                "view.deleted": _("Deleted a view"),
                "customers.bulk_changed": _("Changed many customers at once"),
                "customers.bulk_undone": _("Undid a change of many customers"),
                "export.asked": _("Asked for an export"),
                "export.approved": _("Approved an export"),
                "export.refused": _("Refused an export"),
                "export.downloaded": _("Downloaded an export"),
            }
        )
        page = {"page": "exports:detail", "argument": "export_id"}
        audit.describe_subject(SavedView, audit.Subject(_("View"), find=audit.names(SavedView)))
        audit.describe_subject(Export, audit.Subject(_("Export"), find=audit.names(Export), **page))
        audit.describe_subject(BulkChange, audit.Subject(_("Bulk change"), find=audit.names(BulkChange)))
