"""Saved views of the customer list."""

from uuid import UUID

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.response import Response

from crm.api.fields import Identity, Moment, Text
from crm.api.pages import PageQuery, page, page_of
from crm.api.problems import Unprocessable
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from segmentation import columns, narrowing, saved
from segmentation.models import SavedView
from tenancy.permissions import Permission

SEE = {Permission.CUSTOMERS_VIEW}


class Refused(Unprocessable):
    default_code = "refused"


class ViewShape(Told):
    """A customer list under a name. Everybody sees in it whom their own rights show."""

    id = Identity()
    name = serializers.CharField()
    query = serializers.SerializerMethodField(help_text="Filters and order, as in the list’s address: `stage=lost`.")
    columns = serializers.ListField(child=serializers.CharField(), help_text="Of the list; none: the reader’s own.")
    is_shared = serializers.BooleanField(help_text="Whether the whole company has it.")
    is_mine = serializers.SerializerMethodField(help_text="Whether it is the token’s member’s.")
    created_at = Moment()

    def get_query(self, view: SavedView) -> str:
        return "" if view.query == narrowing.EVERYBODY else view.query

    @extend_schema_field({"type": "boolean"})
    def get_is_mine(self, view: SavedView) -> bool:
        return view.member_id == self.context["member"].id


class ListQuery(Text):
    """The parameters of a list’s address, each one understood."""

    def __init__(self, **options):
        told = "Parameters as in the address of the list, from `stage` to `tag` and `x_<key>`."
        super().__init__(narrowing.LONGEST, allow_blank=True, help_text=told, **options)

    def to_internal_value(self, data):
        written = super().to_internal_value(data)
        asked = narrowing.read(QueryDict(written), member=self.context["view"].member)
        if asked.lost:
            raise ValidationError([ErrorDetail(one, code="unknown_filter") for one in asked.lost[:10]])
        return asked.parameters.urlencode()


class ViewBody(Asked):
    name = Text(60)
    query = ListQuery(required=False)
    columns = serializers.ListField(
        child=Text(48), max_length=columns.MOST, required=False, help_text="Keys as the list has them, in their order."
    )
    is_shared = serializers.BooleanField(required=False)


class ViewList(Resource):
    permissions = {"GET": SEE, "POST": SEE}
    queries = {"GET": PageQuery}
    bodies = {"POST": ViewBody}
    answers = {"GET": {200: page_of(ViewShape)}, "POST": {201: ViewShape}}

    def get(self, request):
        """The member’s saved views and those shared with the company, by name."""
        found = page(SavedView.objects.visible_to(self.member), by=["name", "id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request):
        """Save a view."""
        told = dict(self.told)
        parameters = QueryDict(told.pop("query", ""))
        try:
            made = saved.save(told.pop("name"), parameters=parameters, **told, by=self.member)
        except (saved.NameTaken, saved.TooMany) as problem:
            raise Refused(str(problem)) from problem
        return self.answer(made, status=201)


class ViewDetail(Resource):
    permissions = {"GET": SEE, "PATCH": SEE, "DELETE": SEE}
    bodies = {"PATCH": ViewBody}
    answers = {"GET": {200: ViewShape}, "PATCH": {200: ViewShape}, "DELETE": {204: None}}

    def get(self, request, view_id: UUID):
        """One view."""
        return self.answer(get_object_or_404(SavedView.objects.visible_to(self.member), id=view_id))

    def patch(self, request, view_id: UUID):
        """Change a view of one’s own. What is left out stays."""
        view, told = self._own(view_id), dict(self.told)
        parameters = QueryDict(told.pop("query")) if "query" in told else None
        try:
            saved.change(view, parameters=parameters, **told, by=self.member)
        except saved.NameTaken as problem:
            raise Refused(str(problem)) from problem
        return self.answer(view)

    def delete(self, request, view_id: UUID):
        """Delete a view of one’s own."""
        saved.delete(self._own(view_id), by=self.member)
        return Response(status=204)

    def _own(self, view_id: UUID) -> SavedView:
        return get_object_or_404(SavedView.objects.editable_by(self.member), id=view_id)
