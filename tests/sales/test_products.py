"""Products: by hand, from a file, and how they are found."""

import csv
import io
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from sales import catalogue, product_files
from sales.models import Product
from tenancy.models import AuditEvent
from tests.lib.samples import sheet_xml, workbook
from tests.loyalty import shop

LIST, NEW, FILE = "/t/lanhu/products/", "/t/lanhu/products/new/", "/t/lanhu/products/imports/"
TOLD = {
    "code": "SKU-1",
    "name": "保温杯",
    "category": "杯",
    "barcode": "6901234567892",
    "price": "59.90",
    "is_active": "on",
}
HEADER = ["商品编码", "名称", "分类", "条码", "售价"]
ROWS = [
    ["A1", "保温杯", "杯", "6901234567892", "¥59.90"],
    ["A2", "茶叶", "", "", "128"],
    ["A3", "散称糖果", "食品", "96385074", ""],
]


@pytest.fixture
def ada(cast, login):
    browser = login(cast.ada)
    browser.cookies["django_language"] = "en"
    return browser


def a_file(rows, header=HEADER, *, name="products.csv", encoding="utf-8") -> SimpleUploadedFile:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return SimpleUploadedFile(name, out.getvalue().encode(encoding))


def counts(outcome) -> tuple[int, int, int, int]:
    return outcome.created, outcome.changed, outcome.unchanged, len(outcome.rejected)


@pytest.fixture
def take(cast, entered):
    def of(rows, header=HEADER, **options):
        return product_files.take(a_file(rows, header), filename="p.csv", currency="CNY", by=cast.ada, **options)

    return of


# By hand


def test_a_product_is_added_and_changed_and_the_same_again_is_no_change(ada, entered):
    assert ada.post(NEW, TOLD).status_code == 302
    product = Product.objects.get()
    assert (product.code, product.price, product.barcode) == ("SKU-1", Decimal("59.9"), "6901234567892")
    for _turn in range(2):
        assert ada.post(f"{LIST}{product.id}/", TOLD | {"price": "49"}).status_code == 302
    changes = AuditEvent.objects.filter(action="product.changed").values_list("changes", flat=True)
    assert [set(one) for one in changes] == [{"price"}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", ""), ("code", "x" * 81), ("name", ""), ("name", "x" * 501), ("category", "x" * 201),
        ("barcode", "6901234567893"), ("barcode", "12 34"), ("barcode", "1" * 41), ("price", "0"), ("price", "-1"),
        ("price", "1000001"), ("price", "1.005"), ("price", "NaN"), ("price", "Infinity"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(ada, entered, field, value):
    refused = ada.post(NEW, TOLD | {field: value})
    assert (refused.status_code, list(refused.context["form"].errors)) == (200, [field])
    assert not Product.objects.exists()


def test_a_code_or_barcode_belongs_to_one_product(ada, entered):
    ada.post(NEW, TOLD)
    assert list(ada.post(NEW, TOLD | {"barcode": ""}).context["form"].errors) == ["code"]
    assert list(ada.post(NEW, TOLD | {"code": "SKU-2"}).context["form"].errors) == ["barcode"]
    assert Product.objects.count() == 1


def test_found_by_code_barcode_and_part_of_the_name(ada, entered):
    shop.product("P1", barcode="6901234567892")
    Product.objects.create(code="P2", name="Green Tea", is_active=False)
    found = {q: [row.code for row in ada.get(LIST, {"q": q}).context["page"].rows]
             for q in ("P1", "6901234567892", "een te", "GREEN", "%", "nothing")}  # fmt: skip
    assert found == {
        "P1": ["P1"], "6901234567892": ["P1"], "een te": ["P2"], "GREEN": ["P2"], "%": [], "nothing": [],
    }  # fmt: skip
    assert [row.code for row in ada.get(LIST, {"sale": "off"}).context["page"].rows] == ["P2"]


def test_a_clerk_sees_products_and_changes_none(cast, login, entered):
    product = shop.product()
    bob = login(cast.bob)
    assert "product P1" in bob.get(LIST).content.decode()
    assert [bob.get(path).status_code for path in (NEW, FILE, f"{LIST}{product.id}/")] == [403] * 3


def test_a_product_off_sale_is_not_found_at_the_till(ada, entered):
    ada.post(NEW, {name: value for name, value in TOLD.items() if name != "is_active"})
    assert Product.objects.get().is_active is False
    assert catalogue.find(["SKU-1"]) == {}


# From a file


def test_a_file_is_taken_and_the_same_again_changes_nothing(take):
    assert counts(take(ROWS)) == (3, 0, 0, 0)
    before = list(Product.objects.order_by("code").values())
    assert counts(take(ROWS)) == (0, 0, 3, 0)
    assert list(Product.objects.order_by("code").values()) == before
    assert [(row["code"], row["price"]) for row in before] == [("A1", Decimal("59.9")), ("A2", 128), ("A3", None)]


def test_only_what_differs_is_changed_and_empty_cells_say_nothing(take):
    take(ROWS)
    changed = [["A1", "保温杯 500ml", "", "", ""], ["A2", "", "茶", "", "138"], ROWS[2]]
    assert counts(take(changed)) == (0, 2, 1, 0)
    first, second = Product.objects.order_by("code")[:2]
    assert (first.name, first.category, first.barcode, first.price) == (
        "保温杯 500ml", "杯", "6901234567892", Decimal("59.9"),
    )  # fmt: skip
    assert (second.name, second.category, second.price) == ("茶叶", "茶", 138)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (["code", "name", "category", "barcode", "price"], ["A1", "Cup", "c", "96385074", "5"]),
        (["SKU", "Product Name", "Department", "EAN", "Retail price"], ["A1", "Cup", "c", "96385074", "5.00"]),
        (["货号", "品名", "品类", "条形码", "零售价"], ["A1", "Cup", "c", "96385074", "5元"]),
        (["售价", "货号", "备注"], ["5", "A1", "x"]),
    ],
)
def test_columns_are_recognised_in_chinese_and_english(take, header, row):
    assert counts(take([row], header)) == (1, 0, 0, 0)
    assert (Product.objects.get().code, Product.objects.get().price) == ("A1", 5)


@pytest.mark.parametrize(
    "row",
    [
        ["", "no code", "", "", "1"], ["B" * 81, "x", "", "", "1"], ["B1", "x" * 501, "", "", "1"],
        ["B1", "x", "", "6901234567893", "1"], ["B1", "x", "", "", "free"], ["B1", "x", "", "", "-1"],
        ["B1", "x", "", "", "0"], ["B1", "x", "", "", "1.005"], ["B1", "x", "", "", "$5"],
        ["B1", "x", "", "6901234567892", "1"], ["A1", "twice", "", "", "1"],
    ],
)  # fmt: skip
def test_a_faulty_row_is_left_out_with_its_number_and_reason(take, row):
    outcome = take([*ROWS, row, ["C1", "good", "", "", "1"]])
    assert counts(outcome) == (4, 0, 0, 1)
    assert (outcome.rejected[0].row, bool(outcome.rejected[0].reason)) == (5, True)


def test_too_many_rows_are_refused_whole(take):
    rows = [[f"P{place}", "x", "", "", "1"] for place in range(product_files.MOST_ROWS + 1)]
    with pytest.raises(product_files.BadFile):
        take(rows)
    assert not Product.objects.exists()
    assert counts(take(rows[:-1])) == (product_files.MOST_ROWS, 0, 0, 0)


def test_the_page_takes_a_workbook_and_says_what_became_of_it(ada, entered, tmp_path):
    path = workbook(tmp_path / "p.xlsx", {"商品": sheet_xml([HEADER, *ROWS, ["", "no code", "", "", "1"]])})
    for created, unchanged in ((3, 0), (0, 3)):
        page = ada.post(FILE, {"file": SimpleUploadedFile("p.xlsx", path.read_bytes())})
        assert counts(page.context["outcome"]) == (created, 0, unchanged, 1)
    assert "The code is missing." in page.content.decode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_the_encodings_of_chinese_programs_are_read_or_asked_for(ada, entered, encoding):
    page = ada.post(FILE, {"file": a_file(ROWS, encoding=encoding)})
    if page.context["outcome"] is None:
        assert list(page.context["form"].errors) == ["encoding"]
        page = ada.post(FILE, {"file": a_file(ROWS, encoding=encoding), "encoding": "GB18030"})
    assert counts(page.context["outcome"]) == (3, 0, 0, 0)
    assert Product.objects.get(code="A2").name == "茶叶"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"name\nx\n", b"\x00\xff\xfe" * 50, b"PK\x03\x04 broken"])
def test_a_file_of_something_else_is_refused_at_its_field(ada, entered, content):
    page = ada.post(FILE, {"file": SimpleUploadedFile("p.csv", content)})
    assert (page.status_code, page.context["outcome"]) == (200, None)
    assert set(page.context["form"].errors) <= {"file", "encoding"}
    assert page.context["form"].errors
