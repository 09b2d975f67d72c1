from django.db import models
from django.utils import timezone

from crm.lib.declaring import keep
from customers.models import Customer
from loyalty.models.programme import ProgrammeVersion
from sales.models import Order, OrderLine
from tenancy.database.fields import TenantForeignKey
from tenancy.database.models import TenantModel
from tenancy.models import Membership, Store


class Receipt(TenantModel):
    """One purchase at the till. `key` names the request: the same key again is the same receipt.

    `gross` is what the goods cost, `spent_value` the part paid with `spent` points, so the order's total is
    gross − spent_value. `balance_before` and `balance_after` are the points the customer saw.
    """

    key = models.UUIDField()
    fingerprint = models.BinaryField(max_length=32)
    order = TenantForeignKey(Order, models.PROTECT, related_name="receipts")
    customer = TenantForeignKey(Customer, models.PROTECT, null=True, related_name="receipts")
    store = TenantForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False)
    version = TenantForeignKey(ProgrammeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    gross = models.DecimalField(max_digits=18, decimal_places=4)
    spent = models.PositiveBigIntegerField(default=0)
    spent_value = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    earned = models.PositiveBigIntegerField(default=0)
    balance_before = models.PositiveBigIntegerField(default=0)
    balance_after = models.PositiveBigIntegerField(default=0)
    actor = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="receipt_key")]
        indexes = [models.Index(fields=["tenant", "-at", "-id"], name="receipt_by_time")]

    class Privacy:
        fields = keep(
            "accounting law; without its customer it names nobody",
            "key", "fingerprint", "order", "customer", "store", "version", "gross", "spent", "spent_value", "earned",
            "balance_before", "balance_after", "actor", "at",
        )  # fmt: skip

    @property
    def payable(self):
        """What was paid in money."""
        return self.gross - self.spent_value


class Return(TenantModel):
    """Goods of a receipt that came back: `gross` their price, `amount` the money given back.

    `given_back` of the spent points came back, `taken_back` of the earned ones went; `withheld` is money kept
    for points that were gone already.
    """

    receipt = TenantForeignKey(Receipt, models.PROTECT, related_name="returns")
    key = models.UUIDField()
    fingerprint = models.BinaryField(max_length=32)
    gross = models.DecimalField(max_digits=18, decimal_places=4)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    withheld = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    given_back = models.PositiveBigIntegerField(default=0)
    taken_back = models.PositiveBigIntegerField(default=0)
    debt = models.PositiveBigIntegerField(default=0)
    store = TenantForeignKey(Store, models.PROTECT, null=True, related_name="+", db_index=False)
    actor = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    exchange = TenantForeignKey(Receipt, models.PROTECT, null=True, related_name="exchanged", db_index=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="return_key")]

    class Privacy:
        fields = keep(
            "accounting law",
            "receipt", "key", "fingerprint", "gross", "amount", "withheld", "given_back", "taken_back", "debt",
            "store", "actor", "exchange", "at",
        )  # fmt: skip


class ReturnLine(TenantModel):
    whole = TenantForeignKey(Return, models.CASCADE, related_name="lines", db_index=False)
    line = TenantForeignKey(OrderLine, models.PROTECT, related_name="returns")
    quantity = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "whole", "line"], name="return_line_once")]

    class Privacy:
        fields = keep("accounting law", "whole", "line", "quantity")


class OneTimeCode(TenantModel):
    """A code sent to the customer before many points are spent. Its digest is kept; it opens once, within minutes."""

    customer = TenantForeignKey(Customer, models.CASCADE, related_name="+")
    digest = models.BinaryField(max_length=16)
    points = models.PositiveBigIntegerField()
    actor = TenantForeignKey(Membership, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Privacy:
        fields = keep(
            "proof that the customer agreed; the code itself is not kept",
            "customer", "digest", "points", "actor", "created_at", "expires_at", "used_at",
        )  # fmt: skip
