from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self):
        from interactions import timeline
        from loyalty import actions, changes, expiring  # the last registers its job
        from loyalty.changes import KINDS
        from loyalty.models import Entry

        assert actions and expiring
        changes.declare()
        for kind in KINDS.values():
            timeline.describe(kind, lambda ids: Entry.objects.in_bulk(ids))
