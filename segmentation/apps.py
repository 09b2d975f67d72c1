from django.apps import AppConfig


class SegmentationConfig(AppConfig):
    name = "segmentation"

    def ready(self):
        from sales import registry
        from segmentation import scoring, stats

        registry.on_orders_changed(stats.refresh)
        registry.on_orders_imported(scoring.score)
