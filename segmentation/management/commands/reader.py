import secrets

from django.db import connection

from segmentation.reporting import readers
from tenancy.commands import TenantCommand
from tenancy.models import Tenant


class Command(TenantCommand):
    help = "Print the SQL by which an administrator of the database makes the login that reads a company's views."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--drop", action="store_true", help="the SQL that takes the login away")

    def handle(self, *, tenant, drop, **options):
        """The password goes to the error output, once; the SQL holds only what the database keeps of it."""
        with self.entered(tenant):
            login = readers.login_of(Tenant.objects.get())
            database = connection.settings_dict["NAME"]
            if drop:
                statements = readers.dropped(login, database=database)
            else:
                password = secrets.token_urlsafe(24)
                verifier = connection.connection.pgconn.encrypt_password(
                    password.encode(), login.encode(), b"scram-sha-256"
                ).decode()
                statements = readers.made(login, verifier=verifier, database=database)
            lines = [statement.as_string(connection.connection) for statement in statements]
        self.stdout.write("".join(f"{line};\n" for line in lines), ending="")
        if not drop:
            self.stderr.write(f"Login {login}, password {password} (shown this once)", self.style.NOTICE)
