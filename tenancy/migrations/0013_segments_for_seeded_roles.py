from django.db import migrations

HOLDERS = ("admin", "manager")


def widen(apps, schema_editor):
    """Seeded admins and managers may change segments; nobody loses anything."""
    roles = apps.get_model("tenancy", "Role")._base_manager
    for role in roles.filter(key__in=HOLDERS):
        permissions = sorted({*role.permissions, "SEGMENTS_EDIT"})
        roles.filter(pk=role.pk, tenant_id=role.tenant_id).update(permissions=permissions)


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0012_permission_to_segment")]

    operations = [migrations.RunPython(widen, migrations.RunPython.noop)]
