from django.db import migrations

from tenancy.permissions import SEEDED_ROLES


def widen(apps, schema_editor):
    """Seeded roles get the rights their kind begins with today; nobody loses any."""
    roles = apps.get_model("tenancy", "Role")._base_manager
    for key, (_name, permissions) in SEEDED_ROLES.items():
        for role in roles.filter(key=key):
            role.permissions = sorted({*role.permissions, *map(str, permissions)})
            roles.filter(pk=role.pk, tenant_id=role.tenant_id).update(permissions=role.permissions)


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0005_installation")]

    operations = [migrations.RunPython(widen, migrations.RunPython.noop)]
