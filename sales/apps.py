from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "sales"

    def ready(self):
        from django.utils.translation import gettext as _
        from django.utils.translation import gettext_lazy

        from customers.imports import kinds
        from interactions import timeline
        from sales import changes, order_files
        from sales.models import Order, Product
        from tenancy import audit, companies

        kinds.register(order_files.OrderFiles())
        changes.declare()
        for kind in (timeline.ORDER_PLACED, timeline.ORDER_REFUNDED):
            timeline.describe(kind, lambda ids: Order.objects.in_bulk(ids))
        companies.keep_currency(
            lambda: _("Orders stand in this currency already, so it stays.") if Order.objects.exists() else ""
        )
        audit.describe(
            {
                "order.refunded": gettext_lazy("Refunded an order"),
                "orders.recorded": gettext_lazy("Recorded orders"),
                "product.created": gettext_lazy("Added a product"),
                "product.changed": gettext_lazy("Changed a product"),
                "products.imported": gettext_lazy("Imported products"),
            }
        )
        audit.describe_subject(
            Product,
            audit.Subject(
                gettext_lazy("Product"), find=audit.names(Product), page="sales:product", argument="product_id"
            ),
        )
        audit.describe_subject(
            Order,
            audit.Subject(gettext_lazy("Order"), find=_numbers, page="sales:order_detail", argument="order_id"),
        )


def _numbers(ids, *, by):
    from sales.models import Order

    return dict(Order.objects.visible_to(by).filter(id__in=ids).values_list("id", "number"))
