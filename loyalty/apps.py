from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self):
        from interactions import timeline
        from loyalty import changes, expiring  # registers its job
        from loyalty.changes import KINDS
        from loyalty.models import Entry

        assert expiring
        changes.declare()
        for kind in KINDS.values():
            timeline.describe(kind, lambda ids: Entry.objects.in_bulk(ids))
