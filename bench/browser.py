"""A logged-in browser in this process, and the bare Django page that ours is measured against."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.test import Client
from django.urls import path

from bench import companies
from bench.measuring import Statements, statements
from segmentation.models import CustomerStats
from tenancy import context, lookups

BARE_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
BARE_TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [__file__.rpartition("/")[0] + "/templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"humanize": "django.contrib.humanize.templatetags.humanize"},
        },
    }
]


def bare_list(request: HttpRequest) -> HttpResponse:
    """Fifty rows in a plain table of as many columns: one query, no component, no layout."""
    with context.entered(lookups.tenant_of_slug(companies.THOUSAND)):
        rows = CustomerStats.objects.select_related("customer__store").order_by("-last_at")[:50]
        return render(request, "bare_list.html", {"rows": rows, "currency": "CNY", "least": Decimal(0)})


urlpatterns = [
    path("bare/", bare_list, name="list"),
    path("bare/<uuid:id>/", bare_list, name="detail"),
]
BARE = {"ROOT_URLCONF": "bench.browser", "MIDDLEWARE": BARE_MIDDLEWARE, "TEMPLATES": BARE_TEMPLATES}


class Browser:
    """Fetches pages of one company as its admin; anything but 200 is an error."""

    def __init__(self, slug: str):
        self.slug = slug
        with context.entered(lookups.tenant_of_slug(slug)):
            user = companies.admin_of(slug).user
        # Each keeps the middleware that it met at its first request.
        self.client, self.bare = Client(), Client()
        for client in (self.client, self.bare):
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def get(self, address: str, *, part: bool = False) -> HttpResponse:
        headers = {"HX-Request": "true"} if part else {}
        response = self.client.get(f"/t/{self.slug}/{address}", headers=headers)
        return _fine(response, address)

    def get_bare(self, _turn=None) -> HttpResponse:
        """Inside `override_settings(**BARE)`."""
        return _fine(self.bare.get("/bare/"), "bare")

    def queries(self, address: str, *, part: bool = False) -> Statements:
        with statements() as asked:
            self.get(address, part=part)
        return asked


def _fine(response: HttpResponse, address: str) -> HttpResponse:
    if response.status_code != 200:
        raise RuntimeError(f"{address}: {response.status_code}")
    return response
