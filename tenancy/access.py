"""Who may open a page."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseNotAllowed

from tenancy.permissions import Permission

METHODS = ("GET", "HEAD", "POST")


def requires(permission: Permission | None = None) -> Callable:
    """A page of a tenant: strangers log in, others' members get 404, members without the permission 403.

    Pages are read and posted to; other methods are refused.
    """

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.member is None:
                raise Http404
            if request.method not in METHODS:
                return HttpResponseNotAllowed(METHODS)
            if permission is not None and not request.member.can(permission):
                raise PermissionDenied(str(permission.label))
            return view(request, *args, **kwargs)

        checked.permission = permission
        return checked

    return decorate
