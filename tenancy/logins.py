from django.http import HttpRequest

from tenancy.models import User


def account(request: HttpRequest | None, credentials: dict | None = None) -> str:
    """Whose password was tried, in the spelling under which the account is kept: a changed case is no new try."""
    typed = (credentials or {}).get("username") or (request.POST.get("username", "") if request else "")
    return User.objects.normalise(typed)[:254]
