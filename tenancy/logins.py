from django.contrib.auth.forms import PasswordResetForm
from django.http import HttpRequest

from tenancy.models import User


def account(request: HttpRequest | None, credentials: dict | None = None) -> str:
    """Whose password was tried, in the spelling under which the account is kept: a changed case is no new try."""
    typed = (credentials or {}).get("username") or (request.POST.get("username", "") if request else "")
    return User.objects.normalise(typed)[:254]


class PasswordForm(PasswordResetForm):
    """Also for those who never had a password: whoever was invited and let the link grow old."""

    def get_users(self, email: str):
        return User.objects.filter(email=User.objects.normalise(email), is_active=True)
