from importlib import import_module

from django.db import migrations

widen = import_module("tenancy.migrations.0006_rights_of_seeded_roles").widen


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0008_invitations")]

    operations = [migrations.RunPython(widen, migrations.RunPython.noop)]
