from django.db.backends.ddl_references import Columns, ForeignKeyName, Statement, Table
from django.db.backends.postgresql import schema
from django.db.models import CompositePrimaryKey

from tenancy.database.fields import TenantField, TenantReference

APP_ROLE = "crm_app"
OWNER_ROLE = "crm_owner"
WALL = "current_setting('app.tenant_id')::uuid"


def tenant_field(model):
    return next((field for field in model._meta.local_fields if isinstance(field, TenantField)), None)


def is_tenant_model(model) -> bool:
    return tenant_field(model) is not None


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Makes the wall from the models themselves.

    A model with a TenantField gets the key (tenant_id, id), forced row-level security with the two
    policies, and for each TenantReference a composite foreign key and an index that leads with the tenant.
    A composite key begins with the tenant itself.
    """

    sql_create_tenant_fk = (
        "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) "
        "REFERENCES %(to_table)s (%(to_column)s) DEFERRABLE INITIALLY DEFERRED"
    )

    def create_model(self, model):
        super().create_model(model)
        if not model._meta.managed or model._meta.proxy:
            return
        # MAINTAIN lets a large import bring the planner's statistics up to date (bulk.analyze).
        self._execute_ddl(f"GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON {self._table(model)} TO {APP_ROLE}")
        if is_tenant_model(model):
            self._enclose(model, tenant_field(model))

    def add_field(self, model, field):
        super().add_field(model, field)
        if isinstance(field, TenantField):
            self._execute_ddl(
                f"ALTER TABLE {self._table(model)} DROP CONSTRAINT IF EXISTS "
                f"{self.quote_name(model._meta.db_table + '_pkey')}"
            )
            self._enclose(model, field)
        elif isinstance(field, TenantReference) and is_tenant_model(model):
            self._refer(model, field, tenant_field(model))

    def effective_default(self, field):
        # The tenant of existing rows is never guessed: the column is added to an empty table, or by hand.
        return None if isinstance(field, TenantField) else super().effective_default(field)

    def _alter_field(self, model, old_field, new_field, *args, **options):
        moved = self._target(old_field) != self._target(new_field)
        if moved and isinstance(old_field, TenantReference):
            self.execute(self._delete_constraint_sql(self.sql_delete_fk, model, self._fk_name(model, old_field)))
        super()._alter_field(model, old_field, new_field, *args, **options)
        if moved and isinstance(new_field, TenantReference):
            self._refer(model, new_field, tenant_field(model))

    def _enclose(self, model, tenant):
        """`tenant` is given, since a model to which it is just being added does not know it yet."""
        table, key = self._table(model), model._meta.pk
        if not isinstance(key, CompositePrimaryKey):
            self._execute_ddl(f"ALTER TABLE {table} ADD PRIMARY KEY (tenant_id, {self.quote_name(key.column)})")
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant_wall ON {table} TO {APP_ROLE} "
            f"USING (tenant_id = {WALL}) WITH CHECK (tenant_id = {WALL})",
            f"CREATE POLICY owner_all ON {table} TO {OWNER_ROLE} USING (true) WITH CHECK (true)",
        ):
            self._execute_ddl(statement)
        for field in model._meta.local_fields:
            if isinstance(field, TenantReference):
                self._refer(model, field, tenant)

    def _refer(self, model, field, tenant):
        """The composite foreign key of a reference, and its index; deferred until the other table stands."""
        target = field.remote_field.model._meta
        self.deferred_sql.append(
            Statement(
                self.sql_create_tenant_fk,
                table=Table(model._meta.db_table, self.quote_name),
                name=self._fk_name(model, field),
                column=Columns(model._meta.db_table, ["tenant_id", field.column], self.quote_name),
                to_table=Table(target.db_table, self.quote_name),
                to_column=Columns(target.db_table, ["tenant_id", target.pk.column], self.quote_name),
            )
        )
        if field.db_index and not field.primary_key:
            name = self._create_index_name(model._meta.db_table, ["tenant_id", field.column])
            self.deferred_sql.append(self._create_index_sql(model, fields=[tenant, field], name=name))

    def _fk_name(self, model, field):
        def name(table, columns, suffix):
            return self.quote_name(self._create_index_name(table, columns, suffix))

        target = field.remote_field.model._meta
        return ForeignKeyName(
            model._meta.db_table,
            ["tenant_id", field.column],
            target.db_table,
            ["tenant_id", target.pk.column],
            "_wall_%(to_table)s",
            name,
        )

    def _target(self, field):
        return field.remote_field.model._meta.db_table if isinstance(field, TenantReference) else None

    def _field_should_be_indexed(self, model, field):
        """Django's own index of a reference has one column: useless where every question names the tenant."""
        is_led_by_tenant = isinstance(field, TenantReference) or (field.is_relation and is_tenant_model(model))
        return super()._field_should_be_indexed(model, field) and not is_led_by_tenant

    def _iter_column_sql(self, column_db_type, params, model, field, *args):
        for part in super()._iter_column_sql(column_db_type, params, model, field, *args):
            if not (part == "PRIMARY KEY" and self._keyed_by_tenant(model)):
                yield part

    def _keyed_by_tenant(self, model):
        return is_tenant_model(model)

    def _table(self, model):
        return self.quote_name(model._meta.db_table)

    def _execute_ddl(self, statement):
        self.execute(statement, params=None)
