from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "sales"

    def ready(self):
        from interactions import timeline
        from sales import changes, order_files  # registers its job
        from sales.models import Order

        assert order_files
        changes.declare()
        for kind in (timeline.ORDER_PLACED, timeline.ORDER_REFUNDED):
            timeline.describe(kind, lambda ids: Order.objects.in_bulk(ids))
