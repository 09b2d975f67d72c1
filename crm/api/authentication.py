"""Who a program is: the bearer token, which the tenant middleware has opened already."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission


class TokenAuthentication(BaseAuthentication):
    """Authorization: Bearer <token>. The member whose token it is acts, within the token's permissions."""

    def authenticate(self, request):
        token = request._request.token
        return (request._request.member.user, token) if token else None

    def authenticate_header(self, request):
        return 'Bearer realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}


class HasTokenPermission(BasePermission):
    """The view names what each method needs: `permissions = {"GET": Permission.CUSTOMERS_VIEW, …}`."""

    def has_permission(self, request, view):
        if request.auth is None:
            return False
        needed = view.permissions.get(request.method)
        return request.method == "OPTIONS" or (needed is not None and request.auth.can(needed))
