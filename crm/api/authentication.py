"""Who a program is: the bearer token, which the tenant middleware has opened already."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed, PermissionDenied
from rest_framework.permissions import BasePermission

from tenancy.permissions import Permission


class TokenAuthentication(BaseAuthentication):
    """Authorization: Bearer <token>. The member whose token it is acts, within the token's permissions."""

    def authenticate(self, request):
        token = request._request.token
        if token is None:
            if "Authorization" in request.headers:
                raise AuthenticationFailed(_("This token is unknown or was revoked."))
            return None
        token.member = request._request.member
        return token.member.user, token

    def authenticate_header(self, request):
        return 'Bearer realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer", "description": "A token of your company: tk_…"}


class HasTokenPermission(BasePermission):
    """The view names what each method needs: `permissions = {"GET": {Permission.CUSTOMERS_VIEW}, …}`.

    A method that is not named is not allowed; one that needs nothing is for every token.
    """

    def has_permission(self, request, view):
        if request.auth is None:
            return False
        method = "GET" if request.method == "HEAD" else request.method
        if method not in view.permissions:
            raise MethodNotAllowed(request.method)
        require(request, *view.permissions[method])
        return True


def require(request, *permissions: Permission) -> None:
    """Raises PermissionDenied where the token or its member lacks one."""
    for permission in permissions:
        if not request.auth.can(permission):
            raise PermissionDenied(_("This token lacks the permission %s.") % permission)
