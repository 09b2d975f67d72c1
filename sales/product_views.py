"""Products: the list, one of them, and a file of them."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from crm.lib import text
from sales import catalogue, product_files
from sales.models import Product
from sales.product_forms import ProductFileForm, ProductForm
from tenancy.access import requires
from tenancy.addresses import redirect_in
from tenancy.paging import cursor_of, page
from tenancy.permissions import Permission

MOST_REJECTED = 200


@requires(Permission.ORDERS_VIEW)
def product_list(request: HttpRequest) -> HttpResponse:
    """By code; found by code, barcode or a part of the name."""
    words = text.clean(request.GET.get("q", ""))[:100]
    rows = Product.objects.matching(words) if words else Product.objects.all()
    off_sale = request.GET.get("sale") == "off"
    if off_sale:
        rows = rows.filter(is_active=False)
    context = {
        "page": page(rows, by=["code"], cursor=cursor_of(request)), "q": words, "off_sale": off_sale,
        "has_costs": catalogue.may_see_costs(request.member),
    }  # fmt: skip
    return render(request, "sales/product_list.html", context)


@requires(Permission.PRODUCTS_EDIT)
def product_create(request: HttpRequest) -> HttpResponse:
    return _written(request, ProductForm(request.POST or None, by=request.member))


@requires(Permission.PRODUCTS_EDIT)
def product(request: HttpRequest, product_id: UUID) -> HttpResponse:
    found = get_object_or_404(Product, id=product_id)
    return _written(request, ProductForm(request.POST or None, by=request.member, instance=found))


def _written(request: HttpRequest, form: ProductForm) -> HttpResponse:
    """The form; what it tells is a new product or a changed one."""
    if form.is_valid():
        try:
            catalogue.save(form.instance, by=request.member)
        except ValidationError as problem:
            form.add_error(None, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect_in(request, "sales:product_list")
    is_new = form.instance._state.adding
    saved = None if is_new else Product.objects.get(id=form.instance.id)
    return render(request, "sales/product.html", {"form": form, "product": saved})


@requires(Permission.PRODUCTS_EDIT)
def product_imports(request: HttpRequest) -> HttpResponse:
    """A file of products, and what became of it."""
    form = ProductFileForm(request.POST or None, request.FILES or None)
    outcome = None
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            outcome = product_files.take(
                file, filename=file.name, currency=request.tenant.currency, by=request.member,
                encoding=form.cleaned_data["encoding"],
            )  # fmt: skip
        except product_files.BadFile as problem:
            form.add_error("encoding" if problem.question == "encoding" else "file", str(problem))
    context = {
        "form": form,
        "outcome": outcome,
        "columns": [product_files.LABELS[name] for name in outcome.columns] if outcome else [],
        "rejected": outcome.rejected[:MOST_REJECTED] if outcome else [],
        "has_costs": catalogue.may_see_costs(request.member),
    }
    return render(request, "sales/product_imports.html", context)
