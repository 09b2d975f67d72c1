from django.apps import AppConfig


class LoyaltyConfig(AppConfig):
    name = "loyalty"

    def ready(self):
        from customers import registry
        from interactions import timeline
        from loyalty import actions, asked, changes, expiring, merging, returns  # expiring registers its job
        from loyalty.changes import KINDS
        from loyalty.models import Account, Entry, OneTimeCode
        from segmentation.recommending import history
        from segmentation.segments import vocabulary

        assert actions and expiring
        registry.merges_by_itself(Account._meta.label)
        registry.merges_by_itself(Entry._meta.label, registry.Own(merging.later, merging.holder, merging.assign))
        registry.goes_silently(OneTimeCode._meta.label)
        registry.on_merged(merging.follow)
        registry.on_unmerged(merging.follow_back)
        registry.on_counted(merging.counted)
        history.on_returned(returns.came_back)
        changes.declare()
        vocabulary.register(asked.fields)
        for kind in KINDS.values():
            timeline.describe(kind, lambda ids: Entry.objects.in_bulk(ids))
