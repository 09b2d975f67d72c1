from rest_framework import serializers

from crm.api.fields import Choice, Identity, Moment, Position
from crm.api.pages import Limit
from crm.api.problems import Gone
from crm.api.resources import Resource
from crm.api.shapes import Asked, Told
from tenancy.permissions import Permission
from webhooks import feed, kinds

NOW = "now"


class ChangeShape(Told):
    """That something changed. What it is now stands at `url`; what it was is not kept."""

    id = Identity(help_text="The `webhook-id` of the message that tells of it.")
    position = serializers.IntegerField()
    kind = serializers.CharField(help_text="`noun.past`: customer.created, order.changed, …")
    subject_id = Identity(help_text="The row that changed.")
    at = Moment()
    url = serializers.SerializerMethodField(help_text="Where the row can be read, where there is such an address.")
    survivor = Identity(allow_null=True, help_text="Of a merge or its undoing: the customer who has all rows.")
    merged = serializers.ListField(
        child=Identity(), allow_null=True, help_text="Of a merge or its undoing: who went into the survivor."
    )

    def get_url(self, change) -> str | None:
        return kinds.address_of(change.kind, change.subject_id)


class ChangesShape(Told):
    results = ChangeShape(many=True)
    next = serializers.IntegerField(help_text="The value for `after` when you ask again.")
    has_more = serializers.BooleanField(help_text="Whether more stands there already; else ask again later.")


class ChangeQuery(Asked):
    after = Position(
        required=False,
        words=(NOW,),
        help_text="A `next` of before. Without it from the oldest change that is kept; “now” for where it ends.",
    )
    kind = Choice([(kind.name, kind.description) for kind in kinds.declared()], required=False)
    limit = Limit()


class Changes(Resource):
    permissions = {"GET": {Permission.WEBHOOKS_EDIT}}
    queries = {"GET": ChangeQuery}
    answers = {"GET": {200: ChangesShape}}
    refusals = {"GET": (Gone,)}

    def get(self, request):
        """What changed in the company, in one order without gaps.

        Follow it: take `next` of `?after=now`, load what you need once, then ask with `after` again and again.
        Every change comes exactly once, also where many write at the same time. It is kept for 30 days; a
        position before that is `410`, and everything is to be loaded anew. It tells of all rows of the company,
        by ids alone.
        """
        feed.seal()
        asked = self.query.get("after")
        kind = self.query.get("kind")
        try:
            start = feed.oldest() if asked is None else feed.position() if asked == NOW else asked
            found = feed.after(start, kinds=None if kind is None else [kind], limit=self.query["limit"])
        except feed.Gone as problem:
            raise Gone(str(problem)) from problem
        also = kinds.ids_of([(change.kind, change.subject_id) for change in found.changes])
        for change in found.changes:
            told = also.get(change.subject_id, {})
            change.survivor, change.merged = told.get("survivor"), told.get("merged")
        return self.answer({"results": found.changes, "next": found.next, "has_more": found.has_more})
