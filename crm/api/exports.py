"""Files of customers: asked for, looked at, fetched."""

from uuid import UUID

from django.http import FileResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError

from crm.api.fields import Choice, Identity, Moment, Text
from crm.api.pages import PageQuery, page, page_of
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from crm.api.views import ListQuery
from segmentation.exports import asking, rows
from segmentation.models import Export
from segmentation.models.lists import COLUMN_NAME
from tenancy.permissions import Permission

NEEDS = {Permission.CUSTOMERS_VIEW, Permission.CUSTOMERS_EXPORT}


class ExportShape(Told):
    """A file of customers. It can be fetched for a week, by the member who asked for it."""

    id = Identity()
    state = serializers.ChoiceField(Export.State.choices, help_text="`asked` waits for a second person’s approval.")
    format = serializers.ChoiceField(Export.Format.choices)
    rows = serializers.IntegerField(help_text="Customers.")
    columns = serializers.ListField(child=serializers.CharField(), help_text="Headings; none: all.")
    has_contact = serializers.BooleanField(help_text="Whether phones, e-mails, addresses and cards are in it.")
    needs_approval = serializers.BooleanField()
    job_id = Identity(allow_null=True, help_text="The job that makes it.")
    downloads = serializers.IntegerField()
    created_at = Moment()
    expires_at = Moment(allow_null=True)


class ExportBody(Asked):
    query = ListQuery(required=False)
    format = Choice(Export.Format.choices, required=False, help_text="Else csv.")
    columns = serializers.ListField(
        child=Text(COLUMN_NAME), max_length=200, required=False, help_text="Headings of the file; else all."
    )

    def validate_columns(self, names: list[str]) -> list[str]:
        known = {*rows.FIRST, *rows.FIGURES, *rows.own_keys()}
        if set(names) - known:
            raise ValidationError(ErrorDetail(_("There is no such column."), code="unknown_column"))
        return names


class ExportResource(Resource):
    def export(self, export_id: UUID) -> Export:
        return get_object_or_404(Export.objects.fetchable_by(self.member), id=export_id)


class ExportList(ExportResource):
    permissions = {"GET": NEEDS, "POST": NEEDS}
    queries = {"GET": PageQuery}
    bodies = {"POST": ExportBody}
    answers = {"GET": {200: page_of(ExportShape)}, "POST": {201: ExportShape}}

    def get(self, request):
        """The member’s exports, newest first."""
        found = page(Export.objects.fetchable_by(self.member), by=["-created_at", "-id"], query=self.query)
        return self.answer({"results": found.rows, "older": found.older, "newer": found.newer})

    def post(self, request):
        """Ask for a file of the customers that `query` leaves.

        Up to 2,000 customers it is `ready` at once, above that a job makes it; above 10,000 somebody else has to
        approve it first. Contact data is in it where the token may reveal it (CUSTOMERS_REVEAL).
        """
        export = asking.ask(
            QueryDict(self.told.get("query", "")),
            columns=self.told.get("columns", ()),
            format=self.told.get("format", Export.Format.CSV),
            with_contact=request.auth.can(Permission.CUSTOMERS_REVEAL),
            member=self.member,
            tenant=self.tenant,
        )
        return self.answer(export, status=201)


class ExportDetail(ExportResource):
    permissions = {"GET": NEEDS}
    answers = {"GET": {200: ExportShape}}

    def get(self, request, export_id: UUID):
        """How far an export is."""
        return self.answer(self.export(export_id))


class ExportFile(ExportResource):
    permissions = {"GET": NEEDS}
    answers = {"GET": {200: OpenApiTypes.BINARY}}
    media = ("text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")

    def get(self, request, export_id: UUID):
        """The file, once it is ready. Each time is counted and audited."""
        export = self.export(export_id)
        if export.has_contact and not request.auth.can(Permission.CUSTOMERS_REVEAL):
            raise NotFound
        try:
            content = asking.fetch(export, by=self.member)
        except asking.NotThere as problem:
            raise NotFound from problem
        kind = dict(zip(Export.Format, self.media, strict=True))[export.format]
        return FileResponse(content, as_attachment=True, filename=export.filename, content_type=kind)
