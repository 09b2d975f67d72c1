"""Which rows speak of a customer, in whatever app they are: found by walking the models, not by knowing them.

A row belongs to a customer when a reference of it leads there, straight or over other rows that do, or when its
`subject_id` names such a row. A row that names another customer is theirs, whatever else it refers to, and a
reference to a row of the same kind (who recommended whom) says nothing. A model for which not every other
reference means it says so: `class Privacy: belongs = ("customer",)`.
"""

from collections.abc import Iterator
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q

from customers import roots
from customers.models import Customer
from tenancy.database.fields import TenantReference
from tenancy.database.schema import is_tenant_model

SUBJECT = "subject_id"
Rows = dict[type[Model], set[UUID]]


def tenant_models() -> list[type[Model]]:
    return sorted((model for model in apps.get_models() if is_tenant_model(model)), key=lambda one: one._meta.label)


def references(model: type[Model]) -> Iterator[TenantReference]:
    """The references that make a row of the model somebody's."""
    belongs = getattr(model.Privacy, "belongs", None)
    for field in model._meta.local_fields:
        leads_up = isinstance(field, TenantReference) and field.remote_field.model is not model
        if leads_up and (belongs is None or field.name in belongs):
            yield field


def reaching() -> list[type[Model]]:
    """The models whose rows can be a customer's."""
    found = {Customer}
    while True:
        more = {
            model
            for model in tenant_models()
            if any(field.remote_field.model in found for field in references(model)) or names_a_subject(model)
        } - found
        if not more:
            return sorted(found, key=lambda one: one._meta.label)
        found |= more


def rows_of(customer: Customer) -> Rows:
    """Model → keys of the rows that are this customer's, the customer's own among them, and the empty ones of whoever
    was merged into them."""
    rows: Rows = {Customer: {customer.pk, *roots.below([customer.pk])}}
    models = [model for model in reaching() if model is not Customer]
    grown = True
    while grown:
        grown = False
        for model in models:
            more = _belonging(model, rows) - rows.get(model, set())
            if more:
                rows.setdefault(model, set()).update(more)
                grown = True
    return rows


def names_a_subject(model: type[Model]) -> bool:
    return any(field.attname == SUBJECT and not field.is_relation for field in model._meta.local_fields)


def _belonging(model: type[Model], rows: Rows) -> set[UUID]:
    straight, around, nobodys = Q(), Q(), Q()
    for field in references(model):
        if field.remote_field.model is Customer:
            straight |= Q(**{f"{field.attname}__in": rows[Customer]})
            nobodys &= Q(**{f"{field.attname}__isnull": True})
        elif ids := rows.get(field.remote_field.model):
            around |= Q(**{f"{field.attname}__in": ids})
    if names_a_subject(model):
        around |= Q(**{f"{SUBJECT}__in": {key for keys in rows.values() for key in keys if isinstance(key, UUID)}})
    wanted = straight | (around & nobodys) if around else straight
    return set(model._base_manager.filter(wanted).values_list("pk", flat=True)) if wanted else set()
