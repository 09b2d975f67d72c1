from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError

from crm.api import authentication
from crm.api.cards import CustomerShape, card, cards, revealed
from crm.api.fields import Choice, Flag, Identity, SourceKey, Text, Whole
from crm.api.one_customer import customer_of
from crm.api.own_fields import FILTERS, ValuesAsked, conditions, tags_of_body
from crm.api.pages import BY_UPDATE, PageQuery, UpdatedSince, page, page_of
from crm.api.people import PersonBody, check_contact, content_of
from crm.api.problems import BadQuery
from crm.api.resources import Resource
from crm.api.shapes import Asked
from customers import editing, filtering, identities, projection, tagging
from customers.models import Customer, Source, SourceRecord
from segmentation import narrowing, people
from segmentation.lifecycle import Stage
from segmentation.listing import listing
from segmentation.models import SavedView
from segmentation.people import Filters
from tenancy import audit
from tenancy.models import Membership, Store
from tenancy.permissions import Permission, Scope

SORTS = ("-created_at", *people.SORTS)


class FigureQuery(PageQuery):
    """Filters by figures."""

    stage = Choice(Stage.choices, required=False, help_text="Lifecycle stage.")
    r = Whole(min_value=1, max_value=5, required=False, help_text="Recency score; 5 is best.")
    f = Whole(min_value=1, max_value=5, required=False, help_text="Frequency score.")
    m = Whole(min_value=1, max_value=5, required=False, help_text="Monetary score.")

    @staticmethod
    def filters_of(query: dict) -> Filters:
        stage = query.get("stage")
        return Filters(Stage(stage) if stage else None, query.get("r"), query.get("f"), query.get("m"))

    def validate(self, query: dict) -> dict:
        if query.get("stage") == Stage.PROSPECT and query.keys() & {"r", "f", "m"}:
            raise ValidationError({"stage": [ErrorDetail(_("Prospects have no scores."), code="no_scores")]})
        return query


class CustomerQuery(FigureQuery):
    q = Text(
        100,
        required=False,
        help_text="Any part of a name or its pinyin, initials, a phone or its last four, card, e-mail.",
    )
    store = Text(40, required=False, help_text="The code of a store.")
    sort = Choice([(sort, sort) for sort in SORTS], required=False)
    updated_since = UpdatedSince()
    view = Identity(required=False, help_text="A saved view: its filters and order, for the token’s member.")

    described = FILTERS

    @classmethod
    def may_repeat(cls, name: str) -> bool:
        return filtering.is_filter(name)

    def to_internal_value(self, data):
        told = super().to_internal_value({name: value for name, value in data.items() if not filtering.is_filter(name)})
        asked = conditions(self.context["view"].request.query_params)
        return {**told, "conditions": [condition.q for condition in asked]}

    def validate(self, query: dict) -> dict:
        others = query.keys() & {"q", "sort", "stage", "r", "f", "m", "view"}
        if "updated_since" in query and others:
            refusal = ErrorDetail(_("Not with updated_since."), code="not_with_updated_since")
            raise ValidationError({name: [refusal] for name in sorted(others)})
        if "view" in query and (others - {"view"} or query["conditions"] or "store" in query):
            refusal = ErrorDetail(_("A view brings its own filters and order."), code="not_with_view")
            raise ValidationError({"view": [refusal]})
        return super().validate(query)


class CustomerBody(PersonBody):
    """With `source` and `external_id` it is that source's word on that id; without, staff typed it in."""

    kind = Choice(Customer.Kind.choices, required=False)
    industry = Text(100, required=False, allow_blank=True, allow_null=True)
    store = Text(40, required=False, allow_null=True, help_text="The code of a store; only without a source.")
    custom = ValuesAsked(required=False, help_text="Values of the company’s own fields, by key; null clears one.")
    tags = tags_of_body()


class NewCustomerBody(CustomerBody):
    source = SourceKey(required=False)
    external_id = Text(200, required=False)

    def validate(self, told: dict) -> dict:
        if ("source" in told) != ("external_id" in told):
            missing = "external_id" if "source" in told else "source"
            raise ValidationError({missing: [ErrorDetail(_("Goes with the other one."), code="required")]})
        if "source" in told and "store" in told:
            raise ValidationError({"store": [ErrorDetail(_("Not with a source."), code="not_with_source")]})
        if "source" not in told and not any(told.get(name) for name in ("name", "family_name", "given_name")):
            raise ValidationError({"name": [ErrorDetail(_("A name is needed."), code="required")]})
        return told


class CustomerList(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}, "POST": {Permission.CUSTOMERS_EDIT}}
    queries = {"GET": CustomerQuery}
    bodies = {"POST": NewCustomerBody}
    answers = {"GET": {200: page_of(CustomerShape)}, "POST": {201: CustomerShape, 200: CustomerShape}}

    def get(self, request):
        """Customers with their figures.

        Newest first, or by `sort`. Filters combine; those by score need a scoring run before. A search (`q`) gives
        the best fitting up to `limit`, and no further page. With `updated_since` those changed last come last.
        """
        store = self._store()
        if "updated_since" in self.query:
            return self._updated(store)
        if "view" in self.query:
            return self._of_view()
        found = listing(
            FigureQuery.filters_of(self.query),
            member=self.member,
            tenant=self.tenant,
            query=self.query.get("q", ""),
            store=store,
            conditions=self.query["conditions"],
            sort=self._sort(),
            cursor=self.query.get("cursor"),
            size=self.query["limit"],
        )
        found.rows = found.rows[: self.query["limit"]]
        return self.answer({"results": cards(found.rows), "older": found.older, "newer": found.newer})

    def post(self, request):
        """Add a customer.

        A source's record joins the customer with the same e-mail, card, openid or unionid, else it makes one.
        The same source and id again (`200`) replaces what the source said before; the same content changes
        nothing. That needs a member who sees all customers.
        """
        if "source" in self.told:
            customer, is_new = self._recorded()
        else:
            customer, is_new = self._typed_in(), True
        if "tags" in self.told:
            tagged(customer, self.told["tags"], by=self.member)
        return self.answer(card(customer, tenant=self.tenant), status=201 if is_new else 200)

    def _of_view(self):
        view = SavedView.objects.visible_to(self.member).filter(id=self.query["view"]).first()
        if view is None:
            raise BadQuery({"view": [ErrorDetail(_("There is no such view."), code="unknown_view")]})
        asked = narrowing.read_text(view.query, member=self.member)
        found = listing(
            asked.filters,
            member=self.member,
            tenant=self.tenant,
            query=asked.query,
            sort=asked.sort,
            cursor=self.query.get("cursor"),
            size=self.query["limit"],
            conditions=asked.conditions,
        )
        return self.answer({"results": cards(found.rows), "older": found.older, "newer": found.newer})

    def _updated(self, store: Store | None):
        rows = Customer.objects.visible_to(self.member).filter(updated_at__gte=self.query["updated_since"])
        rows = rows.filter(*self.query["conditions"])
        found = page(rows.filter(store=store) if store else rows, by=BY_UPDATE, query=self.query)
        figures = people.figures(found.rows, tenant=self.tenant)
        told = cards((customer, figures[customer.id]) for customer in found.rows)
        return self.answer({"results": told, "older": found.older, "newer": found.newer})

    def _store(self) -> Store | None:
        if "store" not in self.query:
            return None
        return store_of(self.query["store"], BadQuery)

    def _sort(self) -> str:
        return "" if self.query.get("stage") == Stage.PROSPECT else self.query.get("sort", "")

    def _recorded(self) -> tuple[Customer, bool]:
        if self.member.scope != Scope.ALL:
            raise PermissionDenied(_("A source is written by a member who sees all customers."))
        source, _made = Source.objects.get_or_create(key=self.told["source"])
        reference = self.told["external_id"]
        is_new = not SourceRecord.objects.filter(source=source, external_id=reference).exists()
        told = {name: value or "" for name, value in said(self.told).items()}
        known = identities.record([identities.Person(reference, told)], source=source)
        customer = Customer.objects.get(id=known[reference].customer_id)
        audit.record("customer.recorded", customer, by=self.member, changes={"source": source.key, "new": is_new})
        return customer, is_new

    def _typed_in(self) -> Customer:
        check_contact(self.told, region=self.tenant.region)
        content = said(self.told)
        owner = None if self.member.scope == Scope.ALL else self.member
        store = store_of(self.told["store"]) if self.told.get("store") else None
        return editing.create(content, owner=owner, store=store, by=self.member)


class RevealQuery(Asked):
    reveal = Flag(default=False, help_text="Phone, e-mail and address in plain. Needs CUSTOMERS_REVEAL; it is audited.")


class CustomerDetail(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}, "PATCH": {Permission.CUSTOMERS_EDIT}}
    queries = {"GET": RevealQuery}
    bodies = {"PATCH": CustomerBody}
    answers = {"GET": {200: CustomerShape}, "PATCH": {200: CustomerShape}}

    def get(self, request, customer_id: UUID):
        """One customer."""
        if self.query["reveal"]:
            authentication.require(request, Permission.CUSTOMERS_REVEAL)
        customer = customer_of(Customer.objects.visible_to(self.member), customer_id)
        shown = card(customer, tenant=self.tenant)
        if self.query["reveal"]:
            shown = revealed(shown, editing.reveal(customer, by=self.member))
        return self.answer(shown)

    def patch(self, request, customer_id: UUID):
        """Change a customer, as staff.

        What is left out stays, null or an empty string clears. What staff say outweighs every source.
        """
        customer = customer_of(Customer.objects.editable_by(self.member), customer_id)
        check_contact(self.told, region=self.tenant.region)
        places = {}
        if "store" in self.told:
            places["store"] = store_of(self.told["store"]) if self.told["store"] else None
        with transaction.atomic():
            if self.told.keys() != {"tags"}:
                editing.change(customer, said(self.told), by=self.member, **places)
            if "tags" in self.told:
                tagged(customer, self.told["tags"], by=self.member)
        return self.answer(card(customer, tenant=self.tenant))


def said(told: dict) -> dict[str, str | None]:
    """What a source's content holds of the body: the usual fields and the company's own."""
    return content_of(told, set(projection.FIELDS)) | told.get("custom", {})


def tagged(customer: Customer, names: list[str], *, by: Membership) -> None:
    """The customer has these tags from now on. Raises ValidationError."""
    try:
        tagging.replace(customer, names, by=by)
    except (tagging.BadTag, tagging.TooManyTags) as problem:
        raise ValidationError({"tags": [ErrorDetail(str(problem), code="invalid")]}) from problem
    customer.refresh_from_db(fields=["updated_at"])


def store_of(code: str, refusal: type[ValidationError] = ValidationError) -> Store:
    """The store of that code. Raises `refusal` where there is none."""
    store = Store.objects.filter(code=code).first()
    if store is None:
        raise refusal({"store": [ErrorDetail(_("No store has this code."), code="unknown_store")]})
    return store
