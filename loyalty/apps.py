from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self):
        from interactions import timeline
        from loyalty import expiring  # registers its job
        from loyalty.kinds import KINDS
        from loyalty.models import Entry

        assert expiring
        for kind in KINDS.values():
            timeline.describe(kind, lambda ids: Entry.objects.in_bulk(ids))
