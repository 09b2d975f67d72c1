from django import forms
from django.core.validators import FileExtensionValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.lib import text
from crm.lib.tables import encodings
from sales import catalogue
from sales.models import Product
from tenancy.models import Membership

LARGEST_MB = 10


class ProductForm(forms.ModelForm):
    class Meta:
        model = Product
        fields = catalogue.EDITED
        labels = {"is_active": _("On sale")}
        help_texts = {"is_active": _("Off: the till no longer finds it; what was sold stays.")}

    code = forms.CharField(
        label=_("Code"), max_length=catalogue.LONGEST["code"], help_text=_("As the till and files name it: SKU.")
    )
    name = forms.CharField(label=pgettext_lazy("product", "Name"), max_length=catalogue.LONGEST["name"])
    category = forms.CharField(label=_("Category"), max_length=catalogue.LONGEST["category"], required=False)
    barcode = forms.CharField(
        label=_("Barcode"),
        max_length=catalogue.LONGEST["barcode"],
        required=False,
        validators=[catalogue.check_barcode],
        help_text=_("Scan it into this field. EAN and UPC are checked."),
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    price = forms.DecimalField(
        label=_("Price"),
        max_digits=9,
        decimal_places=2,
        required=False,
        validators=[catalogue.check_price],
        help_text=_("Empty: the till asks for it."),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )
    cost = forms.DecimalField(
        label=_("Unit cost"),
        max_digits=11,
        decimal_places=4,
        required=False,
        validators=[catalogue.check_cost],
        help_text=_("What one costs you. New orders keep it, so that their margin is known."),
        widget=forms.TextInput({"inputmode": "decimal"}),
    )

    def __init__(self, *args, by: Membership, instance: Product | None = None, **options):
        initial = {}
        if instance and instance.price is not None:
            initial["price"] = f"{instance.price:.2f}"
        if instance and instance.cost is not None:
            initial["cost"] = f"{instance.cost.normalize():f}"
        super().__init__(*args, instance=instance, initial=initial, **options)
        if not catalogue.may_see_costs(by):
            del self.fields["cost"]

    def clean_code(self):
        code = text.clean(self.cleaned_data["code"])
        catalogue.check_free(self.instance, code=code)
        return code

    def clean_barcode(self):
        barcode = self.cleaned_data["barcode"]
        catalogue.check_free(self.instance, barcode=barcode)
        return barcode

    def clean_name(self):
        return text.clean(self.cleaned_data["name"])


class ProductFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, XLSX or XLS, at most 5,000 products and 10 MB."),
        validators=[FileExtensionValidator(["csv", "tsv", "txt", "xlsx", "xls", "xlsm"])],
        max_length=300,
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,.xlsx,.xls"}),
    )
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[("", _("as recognised")), *((name, name) for name in encodings.CODECS)],
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > LARGEST_MB * 1024 * 1024:
            raise forms.ValidationError(_("The file has more than %d MB.") % LARGEST_MB)
        return file
