import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import crm.lib.uuids
import tenancy.context
import tenancy.database.fields
import tenancy.encryption


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_customer_erased_at"),
        ("segmentation", "0001_initial"),
        ("tenancy", "0010_permissions_of_records"),
    ]

    operations = [
        migrations.CreateModel(
            name="BulkChange",
            fields=[
                (
                    "id",
                    tenancy.database.fields.TenantKey(
                        default=crm.lib.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("add_tag", "Add a tag"),
                            ("remove_tag", "Remove a tag"),
                            ("set_owner", "Give to an owner"),
                            ("set_store", "Move to a store"),
                        ],
                        max_length=10,
                    ),
                ),
                ("value", models.UUIDField(null=True)),
                ("label", models.CharField(blank=True, max_length=200)),
                (
                    "chosen",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), blank=True, default=list, size=None
                    ),
                ),
                ("query", tenancy.encryption.EncryptedText(blank=True, editable=True)),
                ("is_whole", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Not confirmed yet"),
                            ("doing", "Running"),
                            ("done", "Done"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("fits", models.PositiveIntegerField(default=0)),
                ("left_alone", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("restored", models.PositiveIntegerField(default=0)),
                ("conflicts", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "job",
                    tenancy.database.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenancy.job",
                    ),
                ),
                (
                    "member",
                    tenancy.database.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "tenant",
                    tenancy.database.fields.TenantField(
                        default=tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                (
                    "id",
                    tenancy.database.fields.TenantKey(
                        default=crm.lib.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("same", "Had it already"),
                            ("changed", "Changed"),
                            ("restored", "As before"),
                            ("conflict", "Changed since"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("before", models.UUIDField(null=True)),
                (
                    "change",
                    tenancy.database.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="segmentation.bulkchange",
                    ),
                ),
                (
                    "customer",
                    tenancy.database.fields.TenantForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "tenant",
                    tenancy.database.fields.TenantField(
                        default=tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    tenancy.database.fields.TenantKey(
                        default=crm.lib.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("query", tenancy.encryption.EncryptedText(blank=True, editable=True)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=48), blank=True, default=list, size=None
                    ),
                ),
                (
                    "format",
                    models.CharField(choices=[("csv", "CSV"), ("xlsx", "Excel (XLSX)")], default="csv", max_length=4),
                ),
                ("has_contact", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Waits for approval"),
                            ("making", "Being made"),
                            ("ready", "Ready"),
                            ("refused", "Refused"),
                            ("expired", "Gone"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("stored", models.CharField(blank=True, max_length=200)),
                ("needs_approval", models.BooleanField(default=False)),
                ("decided_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(null=True)),
                ("downloads", models.PositiveIntegerField(default=0)),
                (
                    "decided_by",
                    tenancy.database.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "job",
                    tenancy.database.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenancy.job",
                    ),
                ),
                (
                    "member",
                    tenancy.database.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "tenant",
                    tenancy.database.fields.TenantField(
                        default=tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    tenancy.database.fields.TenantKey(
                        default=crm.lib.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("query", tenancy.encryption.EncryptedText(blank=True, editable=True)),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=48), blank=True, default=list, size=None
                    ),
                ),
                ("is_shared", models.BooleanField(default=False, verbose_name="shared with the company")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "member",
                    tenancy.database.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "tenant",
                    tenancy.database.fields.TenantField(
                        default=tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="OwnList",
            fields=[
                (
                    "id",
                    tenancy.database.fields.TenantKey(
                        default=crm.lib.uuids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=48), blank=True, default=list, size=None
                    ),
                ),
                (
                    "member",
                    tenancy.database.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenancy.membership",
                    ),
                ),
                (
                    "tenant",
                    tenancy.database.fields.TenantField(
                        default=tenancy.context.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
                (
                    "default_view",
                    tenancy.database.fields.TenantForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="segmentation.savedview",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="bulkchange",
            index=models.Index(fields=["tenant", "member", "-created_at"], name="bulk_change_by_age"),
        ),
        migrations.AddIndex(
            model_name="bulkrow",
            index=models.Index(fields=["tenant", "change", "state", "id"], name="bulk_row_by_state"),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.UniqueConstraint(fields=("tenant", "change", "customer"), name="bulk_row_customer"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["tenant", "-created_at", "-id"], name="export_by_age"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(fields=["tenant", "member"], name="export_by_member"),
        ),
        migrations.AddIndex(
            model_name="export",
            index=models.Index(
                condition=models.Q(("stored", ""), _negated=True), fields=["tenant", "expires_at"], name="export_by_end"
            ),
        ),
        migrations.AddIndex(
            model_name="savedview",
            index=models.Index(fields=["tenant", "name", "id"], name="saved_view_by_name"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("tenant", "member", "name"), name="saved_view_name"),
        ),
        migrations.AddConstraint(
            model_name="ownlist",
            constraint=models.UniqueConstraint(fields=("tenant", "member"), name="own_list_member"),
        ),
    ]
