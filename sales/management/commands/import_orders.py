from customers.imports.commands import ImportCommand
from customers.models import ImportRun


class Command(ImportCommand):
    help = "Import a file of order lines (CSV, XLSX, XLS, also gzipped CSV). Started again, it goes on where it was."
    kind = ImportRun.Kind.ORDERS
