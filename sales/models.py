from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.lib.declaring import erase, keep
from customers.models import Customer, Source, SourceRecord
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantManager, TenantModel, TenantQuerySet
from tenancy.models import Membership, Store
from tenancy.permissions import Permission, Scope


class ProductQuerySet(TenantQuerySet):
    def matching(self, words: str) -> "ProductQuerySet":
        """Of that code or barcode, or with the words in the name. A company's products are few: its part of the
        table is read, since under row-level security no index serves a part of a word."""
        return self.filter(models.Q(code=words) | models.Q(barcode=words) | models.Q(name__icontains=words))


class Product(TenantModel):
    """Goods that are sold. `price` is the shelf price in the tenant's currency, None where the till asks for it; `cost`
    is what one of it costs the company, None where that is not known."""

    code = models.CharField(max_length=80)
    name = models.TextField(blank=True)
    category = models.TextField(blank=True)
    barcode = models.CharField(max_length=40, blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    is_active = models.BooleanField(default=True, help_text=_("on sale at the till"))
    created_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager.from_queryset(ProductQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="product_code"),
            models.UniqueConstraint(
                fields=["tenant", "barcode"], name="product_barcode", condition=~models.Q(barcode="")
            ),
        ]

    class Privacy:
        fields = keep(
            "goods, not a person",
            "code", "name", "category", "barcode", "price", "cost", "is_active", "created_at",
        )  # fmt: skip

    def __str__(self):
        return self.name or self.code


MOST_ALIKE = 1000  # orders of one number


class OrderQuerySet(TenantQuerySet):
    def visible_to(self, member: Membership) -> "OrderQuerySet":
        """Orders of the customers the member sees; those without a customer are the whole company's."""
        if not member.can(Permission.ORDERS_VIEW):
            return self.none()
        if member.scope == Scope.ALL:
            return self
        return self.filter(customer__in=Customer.objects.visible_to(member))

    def numbered(self, number: str) -> "OrderQuerySet":
        """Those with this number in any source. The sources are named, for orders are found by source and number."""
        sources = list(Source.objects.values_list("id", flat=True))
        return self.filter(
            id__in=list(
                Order.objects.filter(source__in=sources, number=number).values_list("id", flat=True)[:MOST_ALIKE]
            )
        )


class Order(TenantModel):
    """One order: (source, number, customer reference). An order without a reference is anonymous.

    `at` is its earliest line, `total` the signed sum of its lines, `refunded` what was given back of it, `cost` what
    the goods that were kept cost the company, None where that is not known of a line with an amount (sales.costing);
    all four follow the lines (sales.orders). Amounts are in the tenant's currency.
    """

    source = TenantForeignKey(Source, models.PROTECT, related_name="+", db_index=False)
    number = models.CharField(max_length=120)
    record = TenantForeignKey(SourceRecord, models.PROTECT, null=True, related_name="orders")
    customer = TenantForeignKey(Customer, models.PROTECT, null=True, related_name="orders", db_index=False)
    at = models.DateTimeField()
    total = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    refunded = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    cost = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    channel = models.CharField(max_length=40, blank=True)
    store = TenantForeignKey(Store, models.SET_NULL, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = TenantManager.from_queryset(OrderQuerySet)()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "source", "number", "record"], name="order_key", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "customer", "-at"], name="order_by_customer"),
            models.Index(fields=["tenant", "-at", "-id"], name="order_by_time"),
            models.Index(fields=["tenant", "updated_at", "id"], name="order_by_update"),
        ]

    class Privacy:
        fields = keep(
            "accounting law; without its customer it names nobody",
            "source", "number", "record", "customer", "at", "total", "refunded", "cost", "channel", "store",
            "created_at", "updated_at",
        )  # fmt: skip
        secret = ("cost",)

    def __str__(self):
        return self.number

    @property
    def net(self):
        return self.total - self.refunded

    @property
    def margin(self):
        """None where the cost is not known."""
        return None if self.cost is None else self.net - self.cost


class OrderLine(TenantModel):
    """`key` is the line's id in its source, else its place in the order. Negative amounts are refunds. `unit_cost` is
    what the source told or the product cost when the line was written; what it costs later changes no line."""

    order = TenantForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    key = models.CharField(max_length=80)
    product = TenantForeignKey(Product, models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.TextField(blank=True)
    at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    price = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    unit_cost = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    is_refund = models.BooleanField(default=False)
    refunds_order = models.BooleanField(default=False, help_text=_("its status says that the order was refunded"))

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "order", "key"], name="order_line_key")]

    class Privacy:
        fields = keep(
            "accounting law",
            "order", "key", "product", "name", "at", "quantity", "price", "amount", "unit_cost", "is_refund",
            "refunds_order",
        )  # fmt: skip
        secret = ("unit_cost",)


class Refund(TenantModel):
    """Money given back on an order; without an amount, all of it. `cost` is what the goods cost that came with it, None
    where nobody said which: then they are the same share of the goods as of the money."""

    order = TenantForeignKey(Order, models.CASCADE, related_name="refunds", db_index=False)
    key = models.CharField(max_length=120)
    amount = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    cost = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "order", "key"], name="refund_key")]

    class Privacy:
        fields = {
            **erase("free text", "reason"),
            **keep("accounting law", "order", "key", "amount", "cost", "at"),
        }
        secret = ("cost",)
