from uuid import UUID

from django.shortcuts import get_object_or_404
from rest_framework import serializers

from crm.api.fields import Identity, Moment
from crm.api.resources import Resource
from crm.api.shapes import Told
from tenancy.models import Job
from tenancy.permissions import Permission


class JobShape(Told):
    """Long work. `result` holds its figures; which ones depends on `kind`."""

    id = Identity()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(Job.State.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)
    percent = serializers.IntegerField(allow_null=True, min_value=0, max_value=100)
    result = serializers.DictField()
    error = serializers.CharField()
    created_at = Moment()
    started_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)


class JobDetail(Resource):
    permissions = {"GET": {Permission.JOBS_VIEW}}
    answers = {"GET": {200: JobShape}}

    def get(self, request, job_id: UUID):
        """How far a job is."""
        return self.answer(get_object_or_404(Job, id=job_id))
