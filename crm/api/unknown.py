from rest_framework.exceptions import NotFound

from crm.api.resources import Resource


class Unknown(Resource):
    """Every other address under /api/v1/ answers like a row that does not exist, whatever the method."""

    authentication_classes = ()
    permission_classes = ()
    schema = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise NotFound

    def _query(self, asked):
        return {}
