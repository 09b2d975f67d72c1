"""The company's tags."""

from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.response import Response

from crm.api.fields import Identity, Moment, Text
from crm.api.own_fields import EDIT, refused
from crm.api.pages import PageQuery, page, page_of
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from customers import tagging, vocabulary
from customers.models import Tag
from tenancy.permissions import Permission


class TagShape(Told):
    """A word for some of the customers."""

    id = Identity()
    name = serializers.CharField()
    created_at = Moment()


class TagBody(Asked):
    name = Text(tagging.LONGEST, help_text="Case, width and script make no difference between two tags.")


class TagList(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}, "POST": EDIT}
    queries = {"GET": PageQuery}
    bodies = {"POST": TagBody}
    answers = {"GET": {200: page_of(TagShape)}, "POST": {201: TagShape}}

    def get(self, request):
        """Tags, by name."""
        found = page(Tag.objects.all(), by=["name_key"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request):
        """Add a tag. A name that another one has is refused."""
        with refused():
            return self.answer(vocabulary.create(self.told["name"], by=self.member), status=201)


class TagDetail(Resource):
    permissions = {"GET": {Permission.CUSTOMERS_VIEW}, "PATCH": EDIT, "DELETE": EDIT}
    bodies = {"PATCH": TagBody}
    answers = {"GET": {200: TagShape}, "PATCH": {200: TagShape}, "DELETE": {204: None}}

    def get(self, request, tag_id: UUID):
        """One tag."""
        return self.answer(get_object_or_404(Tag, id=tag_id))

    def patch(self, request, tag_id: UUID):
        """Rename a tag, for all who have it."""
        tag = get_object_or_404(Tag, id=tag_id)
        with refused():
            if "name" in self.told:
                vocabulary.rename(tag, self.told["name"], by=self.member)
        return self.answer(tag)

    def delete(self, request, tag_id: UUID):
        """Delete a tag, from all who have it."""
        vocabulary.delete(get_object_or_404(Tag, id=tag_id), by=self.member)
        return Response(status=204)
