"""A file of products: read whole, checked row by row, and kept in one transaction."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.lib import Unreadable, money, tables
from customers.columns import propose
from sales import catalogue
from sales.columns import COST
from sales.models import Product
from tenancy import audit, context
from tenancy.database.bulk import fetch
from tenancy.models import Membership

MOST_ROWS = 5000
SYNONYMS = {
    "code": "商品编码 商品编号 商品id 商家编码 货号 产品编号 产品id 编码 sku skuid stockcode "
    "productcode productno productid itemcode itemno itemid code",
    "name": "商品名称 产品名称 名称 品名 商品标题 标题 productname itemname name description title",
    "category": "分类 商品分类 产品分类 类别 品类 类目 商品类目 productcategory category department",
    "barcode": "条码 条形码 商品条码 国际条码 barcode ean ean13 upc gtin",
    "price": "售价 零售价 销售价 标价 单价 价格 商品价格 unitprice retailprice sellingprice price",
    "cost": COST,
}
LABELS = {
    "code": gettext_lazy("Code"),
    "name": gettext_lazy("Name"),
    "category": gettext_lazy("Category"),
    "barcode": gettext_lazy("Barcode"),
    "price": gettext_lazy("Price"),
    "cost": gettext_lazy("Unit cost"),
}

CHECKS = {"price": catalogue.check_price, "cost": catalogue.check_cost}


class BadFile(ValueError):
    """The whole file is refused; `question` is what is to be answered first, as `encoding`."""

    def __init__(self, message: str, *, question: str = ""):
        super().__init__(message)
        self.question = question


@dataclass(frozen=True, slots=True)
class Rejected:
    row: int
    reason: str


@dataclass
class Outcome:
    """How many products the file made, changed and left as they were, and the rows it was refused for."""

    columns: list[str] = field(default_factory=list)
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """What one row says. An empty cell says nothing."""

    row: int
    values: dict[str, str | Decimal]


def take(content: BinaryIO, *, filename: str, currency: str, by: Membership, encoding: str = "") -> Outcome:
    """Add the file's products and change those whose code is known. The same file again changes nothing.

    A faulty row is left out and told; columns that the file lacks and empty cells change nothing, nor do costs of a
    member who may not see them. Raises BadFile.
    """
    with tempfile.NamedTemporaryFile() as plain:
        for chunk in iter(lambda: content.read(1 << 20), b""):
            plain.write(chunk)
        plain.flush()
        try:
            outcome, told = _read(plain.name, filename, encoding, currency, has_costs=catalogue.may_see_costs(by))
        except (tables.TableError, UnicodeError) as problem:
            raise BadFile(str(problem)) from problem
    with transaction.atomic():
        _keep(told, outcome)
        counts = {"created": outcome.created, "changed": outcome.changed, "rejected": len(outcome.rejected)}
        audit.record("products.imported", by=by, changes=counts)
    outcome.rejected.sort(key=lambda one: one.row)
    return outcome


def _read(
    path: str, filename: str, encoding: str, currency: str, *, has_costs: bool
) -> tuple[Outcome, list[Told]]:  # fmt: skip
    profile = tables.profile(path, filename=filename, encoding=encoding or None)
    for question in profile.questions:
        raise BadFile(question.message, question=question.code)
    fitting = [sheet for sheet in profile.sheets if "code" in propose(sheet.header, SYNONYMS).values()]
    if not fitting:
        raise BadFile(_("No column holds the product's code. Name it “code”."))
    sheet = fitting[0]
    places = {name: sheet.header.index(heading) for heading, name in propose(sheet.header, SYNONYMS).items()}
    if not has_costs:
        places.pop("cost", None)
    outcome = Outcome([name for name in SYNONYMS if name in places])
    told = []
    for count, row in enumerate(tables.rows(path, profile, sheet.name)):
        if count == MOST_ROWS:
            raise BadFile(_("At most %s products in one file: divide it.") % f"{MOST_ROWS:,}")
        if isinstance(row, tables.BadRow):
            outcome.rejected.append(Rejected(row.number, row.message))
            continue
        try:
            told.append(Told(row.number, dict(_values(row.cells, places, currency))))
        except (ValidationError, Unreadable) as problem:
            outcome.rejected.append(Rejected(row.number, _said(problem)))
    return outcome, told


def _values(cells: list[str], places: dict[str, int], currency: str) -> Iterator[tuple[str, str | Decimal]]:
    """(field, value) of the cells that say something. Raises ValidationError, Unreadable."""
    for name, place in places.items():
        text = cells[place].strip()
        if name in ("code", "barcode") and text.endswith(".0") and text[:-2].isdigit():
            text = text[:-2]  # a program wrote the number as one with decimals
        if name == "code" and not text:
            raise ValidationError(_("The code is missing."))
        if not text:
            continue
        if name in CHECKS:
            amount = money.amount(text, currency=currency)
            CHECKS[name](amount)
            yield name, amount
            continue
        if len(text) > catalogue.LONGEST[name]:
            raise ValidationError(
                _("%(column)s: at most %(most)d characters.")
                % {"column": LABELS[name], "most": catalogue.LONGEST[name]}
            )
        if name == "barcode":
            catalogue.check_barcode(text)
        yield name, text


def _said(problem: ValidationError | Unreadable) -> str:
    return " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)


def _keep(told: list[Told], outcome: Outcome) -> None:
    """Two files at once come one after the other."""
    fetch("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"products:{context.current_tenant_id()}"])
    known = {row.code: row for row in Product.objects.filter(code__in=[one.values["code"] for one in told])}
    barcodes = dict(
        Product.objects.filter(barcode__in=[one.values["barcode"] for one in told if "barcode" in one.values])
        .exclude(barcode="")
        .values_list("barcode", "code")
    )
    new, changed, seen = [], [], set()
    for one in told:
        code = one.values["code"]
        if code in seen:
            outcome.rejected.append(Rejected(one.row, _("This code stands further above already.")))
            continue
        if barcodes.setdefault(one.values.get("barcode", ""), code) != code and one.values.get("barcode"):
            outcome.rejected.append(Rejected(one.row, _("Another product has this barcode.")))
            continue
        seen.add(code)
        product = known.get(code)
        if product is None:
            new.append(Product(**one.values))
        elif any(getattr(product, name) != value for name, value in one.values.items()):
            for name, value in one.values.items():
                setattr(product, name, value)
            changed.append(product)
        else:
            outcome.unchanged += 1
    Product.objects.bulk_create(new, batch_size=1000)
    Product.objects.bulk_update(changed, ["name", "category", "barcode", "price", "cost"], batch_size=1000)
    outcome.created, outcome.changed = len(new), len(changed)
