from django.contrib.auth.decorators import login_required
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from crm import dashboards, finding
from tenancy import lookups
from tenancy.access import requires
from tenancy.addresses import reverse_in
from tenancy.parts import render_part
from tenancy.permissions import Permission


def health(request: HttpRequest) -> JsonResponse:
    """200 where the database answers; the load balancer's question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@login_required
def front(request: HttpRequest) -> HttpResponse:
    """To the company one works for; to the choice where there are several or none."""
    places = lookups.places_of(request.user.pk)
    if len(places) == 1:
        return redirect(reverse("home", kwargs={"tenant": places[0].slug}))
    return redirect("tenant_list")


@login_required
def tenant_list(request: HttpRequest) -> HttpResponse:
    return render(request, "tenancy/tenant_list.html", {"places": lookups.places_of(request.user.pk)})


@requires()
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", dashboards.home(request.member, tenant=request.tenant))


@requires()
def search(request: HttpRequest) -> HttpResponse:
    """Customers, orders and pages by what is typed: a page, and for htmx the options of the palette."""
    query = request.GET.get("q", "")
    found = finding.find(query, member=request.member, tenant=request.tenant, whole_page=not request.htmx)
    return render_part(request, {"found": found}, part="search/_options.html", page="search/page.html")


@requires(Permission.CUSTOMERS_VIEW)
def rfm_panel(request: HttpRequest) -> HttpResponse:
    """The heat map and the stages, loaded after the page: they look at every customer."""
    people_in = reverse_in(request, "customers:list")
    tally = dashboards.tally(request.member, tenant=request.tenant)
    cells = dashboards.heat_map(tally.cells, url_of=lambda r, f: f"{people_in}?r={r}&f={f}")
    shares = [
        {"label": stage.label, "value": count, "tone": stage.value, "url": f"{people_in}?stage={stage}"}
        for stage, count in tally.stages.items()
    ]
    context = {"cells": cells, "stages": shares, "total": sum(tally.stages.values())}
    return render_part(request, context, part="home/_rfm.html", page="home/rfm.html")
