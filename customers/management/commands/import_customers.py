from customers.imports.commands import ImportCommand
from customers.models import ImportRun


class Command(ImportCommand):
    help = (
        "Import a file of customers (CSV, XLSX, XLS, vCard, also gzipped CSV). Started again, it goes on where it was."
    )
    kind = ImportRun.Kind.CUSTOMERS
