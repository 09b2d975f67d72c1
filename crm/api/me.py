from rest_framework import serializers

from crm.api.fields import Identity
from crm.api.resources import Resource
from crm.api.shapes import Told
from tenancy.permissions import Permission, Scope


class CompanyShape(Told):
    slug = serializers.CharField()
    name = serializers.CharField()
    timezone = serializers.CharField()
    currency = serializers.CharField(help_text="ISO 4217; all amounts are in it.")
    region = serializers.CharField(help_text="Where a phone number without a country is from.")


class MemberShape(Told):
    id = Identity()
    name = serializers.CharField(source="user.name")
    email = serializers.CharField(source="user.email")
    role = serializers.CharField(source="role.key")
    scope = serializers.ChoiceField(Scope.choices, help_text="Whose customers they see.")


class MeShape(Told):
    token = serializers.CharField(help_text="The token's name.")
    tenant = CompanyShape()
    member = MemberShape()
    permissions = serializers.ListField(child=serializers.ChoiceField(Permission.choices))


class Me(Resource):
    permissions = {"GET": ()}
    answers = {"GET": {200: MeShape}}

    def get(self, request):
        """Whose token this is and what it may do. For every token."""
        may = [permission for permission in Permission if request.auth.can(permission)]
        return self.answer(
            {"token": request.auth.name, "tenant": self.tenant, "member": self.member, "permissions": may}
        )
