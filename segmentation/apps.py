from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SegmentationConfig(AppConfig):
    name = "segmentation"

    def ready(self):
        from customers import registry as customers_registry
        from privacy import leftovers
        from sales import registry
        from segmentation import bounding, bulk, merging, reconciling, scoring, stats
        from segmentation.exports import asking, making
        from segmentation.insight import renewing
        from segmentation.models import (
            BulkChange,
            BulkRow,
            CustomerDay,
            CustomerStats,
            Export,
            SavedView,
            ScoreChange,
            StagePolicy,
            StageRules,
            Thresholds,
        )
        from segmentation.prediction import connecting
        from segmentation.recommending import building
        from segmentation.reporting import connecting as reporting
        from segmentation.segments import connecting as segments
        from tenancy import audit, companies

        assert (
            bounding.work and bulk.do and making.make and building.build and renewing.work
        )  # their jobs are known from here on
        leftovers.also("segmentation.Export files", asking.forget_person)
        registry.on_orders_changed(stats.refresh)
        customers_registry.merges_by_itself(CustomerStats._meta.label)
        customers_registry.merges_by_itself(CustomerDay._meta.label)
        customers_registry.merges_by_itself(ScoreChange._meta.label)
        customers_registry.goes_silently(BulkRow._meta.label)
        customers_registry.on_worth(stats.spent)
        customers_registry.on_merged(merging.follow)
        customers_registry.on_unmerged(merging.follow_back)
        customers_registry.on_reassigned(merging.follow_row)
        connecting.connect()  # after the figures, which it reads
        segments.connect()
        reporting.connect()
        registry.on_orders_imported(scoring.score)
        scoring.declare()
        companies.on_changed(reconciling.follow_company)
        audit.describe(
            {
                "view.saved": _("Saved a view"),
                "view.changed": _("Changed a view"),
                "view.deleted": _("Deleted a view"),
                "customers.bulk_changed": _("Changed many customers at once"),
                "customers.bulk_undone": _("Undid a change of many customers"),
                "offers.left_out": _("Changed which codes are no goods"),
                "export.asked": _("Asked for an export"),
                "export.approved": _("Approved an export"),
                "export.refused": _("Refused an export"),
                "export.downloaded": _("Downloaded an export"),
                "stages.changed": _("Changed the rules of the stages"),
                "policy.changed": _("Set how a stage is treated"),
                "policy.dropped": _("Deleted how a stage is treated"),
                "thresholds.changed": _("Changed the bounds of the scores"),
            }
        )
        page = {"page": "exports:detail", "argument": "export_id"}
        audit.describe_subject(SavedView, audit.Subject(_("View"), find=audit.names(SavedView)))
        audit.describe_subject(Export, audit.Subject(_("Export"), find=audit.names(Export), **page))
        audit.describe_subject(StageRules, audit.Subject(_("Stages")))
        audit.describe_subject(StagePolicy, audit.Subject(_("Stages")))
        audit.describe_subject(Thresholds, audit.Subject(_("Scores")))
        audit.describe_subject(BulkChange, audit.Subject(_("Bulk change"), find=audit.names(BulkChange)))
