from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse


def reverse_in(request: HttpRequest, name: str, **arguments) -> str:
    """The address of a page of the request's company."""
    return reverse(name, kwargs={"tenant": request.tenant.slug, **arguments})


def redirect_in(request: HttpRequest, name: str, **arguments) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse_in(request, name, **arguments))
