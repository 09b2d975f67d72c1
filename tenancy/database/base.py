from django.db.backends.postgresql import base, features, operations

from tenancy import context
from tenancy.database.schema import DatabaseSchemaEditor, is_tenant_model


class TenantOutsideTransaction(Exception):
    """The tenant is told to the database at BEGIN, so tenant work outside a transaction would be blind."""


class DatabaseFeatures(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model):
        # In the database the key is (tenant_id, id): grouping by id alone is refused.
        return super().allows_group_by_selected_pks_on_model(model) and not is_tenant_model(model)


class DatabaseOperations(operations.DatabaseOperations):
    def sql_flush(self, style, tables, **options):
        """Tests run as the application's role, which may not truncate: the owner does."""
        statements = super().sql_flush(style, tables, **options)
        role = self.connection.settings_dict["OPTIONS"].get("assume_role")
        if role and statements:
            return ["RESET ROLE", *statements, f"SET ROLE {self.quote_name(role)}"]
        return statements


class DatabaseWrapper(base.DatabaseWrapper):
    SchemaEditorClass = DatabaseSchemaEditor
    features_class = DatabaseFeatures
    ops_class = DatabaseOperations

    def _set_autocommit(self, autocommit):
        super()._set_autocommit(autocommit)
        tenant_id = context.peek_tenant_id()
        if not autocommit and tenant_id is not None:
            with self.wrap_database_errors:
                self.connection.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])

    def _cursor(self, name=None):
        if context.peek_tenant_id() is not None and not (self.in_atomic_block or not self.get_autocommit()):
            raise TenantOutsideTransaction("open a transaction: with tenancy.context.entered(tenant_id)")
        return super()._cursor(name)
