from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from segmentation import lifecycle, people, stats
from segmentation.insight import files, pages, reading, renewing
from segmentation.insight.forms import LeftOutForm
from segmentation.lifecycle import Stage
from segmentation.narrowing import NONE
from segmentation.recommending import building
from tenancy.access import requires
from tenancy.addresses import redirect_in, reverse_in
from tenancy.permissions import Permission

MONTHS = {1: gettext_lazy("This month"), 3: gettext_lazy("3 months"), 12: gettext_lazy("12 months")}
KINDS = {
    "products": gettext_lazy("Products"),
    "categories": gettext_lazy("Categories"),
    "stores": gettext_lazy("Stores"),
}
PERIODS = {30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("A year")}


def people_in(request: HttpRequest) -> Callable[[str, date, date], str]:
    """The list of customers by a span of days of their `first` order or of any they `bought`."""
    base = reverse_in(request, "customers:list")
    return lambda name, start, end: f"{base}?{name}={start}..{end}"


def one_of(request: HttpRequest, name: str, known, default):
    """The choice in the address; the default where it means nothing."""
    told = {str(value): value for value in known}
    return told.get(request.GET.get(name, ""), default)


@requires(Permission.INSIGHTS_VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    """Revenue, orders and customers of a period beside the one before it."""
    days = one_of(request, "days", PERIODS, 30)
    state = renewing.state()
    context = {"state": state, "days": days}
    if state and state.as_of:
        shown = reading.overview(days, as_of=state.as_of)
        url_of = people_in(request)
        context |= {
            "shown": shown,
            "figures": pages.key_figures(shown, url_of=url_of),
            "revenue": pages.revenue(shown),
            "customers": pages.customers(shown, url_of=url_of),
            "series": [_("Returning"), _("New")],
        }
    here = reverse_in(request, "insights:overview")
    context["periods"] = pages.choices(here, "days", PERIODS, days, PERIODS.values())
    return render(request, "insights/overview.html", context)


@requires(Permission.INSIGHTS_VIEW)
def grid(request: HttpRequest) -> HttpResponse:
    """How recently and how often the customers of the member's scope buy."""
    return render(request, "insights/grid.html")


@requires(Permission.INSIGHTS_VIEW)
def flow(request: HttpRequest) -> HttpResponse:
    """Who went from which stage to which between two days."""
    start, end = flow_days(request)
    moved = lifecycle.flows(start, end, member=request.member)
    base = reverse_in(request, "customers:list") if request.member.can(Permission.CUSTOMERS_VIEW) else ""
    rows = flow_rows(moved, url_of=lambda old, new: base and f"{base}?moved={old or NONE}..{new}..{start}..{end}")
    context = {"start": start, "end": end, "rows": rows, "stages": Stage, "moved": bool(moved)}
    return render(request, "insights/flow.html", context)


def flow_days(request: HttpRequest) -> tuple[date, date]:
    """The two days of the address, in their order; the last 30 days where they mean nothing."""
    today = stats.today(request.tenant.zone)
    field = forms.DateField(required=False)

    def day(name: str, default: date) -> date:
        try:
            told = field.clean(request.GET.get(name, "")) or default
        except forms.ValidationError:
            return default
        return min(told, today) if told.year >= 1900 else default

    start, end = sorted((day("from", today - timedelta(days=30)), day("to", today)))
    return start, end


def flow_rows(moved: Counter[tuple[str, str]], *, url_of: Callable[[str, str], str]) -> list[dict]:
    """A row for every stage before, a cell for every stage after; those who moved can be opened."""
    before = ["", *Stage]
    labels = {"": _("Not there yet")} | {stage: stage.label for stage in Stage}
    most = max((count for (old, new), count in moved.items() if old != new), default=0)
    return [
        {
            "label": labels[old],
            "cells": [
                {"count": (count := moved.get((str(old), str(new)), 0)), "stays": old == new,
                 "url": url_of(str(old), str(new)) if count and old != new else "",
                 "level": 0 if not count or old == new else 1 + min(5, 5 * count // most)}
                for new in Stage
            ],
        }
        for old in before
    ]  # fmt: skip


@requires(Permission.INSIGHTS_VIEW)
def cohorts(request: HttpRequest) -> HttpResponse:
    """Who came when, and how many of them still buy."""
    state = renewing.state()
    found = reading.cohorts(as_of=state.as_of) if state and state.as_of else []
    rows = pages.cohort_rows(found, url_of=people_in(request))
    context = {"state": state, "rows": rows, "later": range(len(rows[0]["cells"]) if rows else 0)}
    return render(request, "insights/cohorts.html", context)


@requires(Permission.INSIGHTS_VIEW)
def pairs(request: HttpRequest) -> HttpResponse:
    """Goods that are bought together."""
    return render(request, "insights/pairs.html", {"rules": building.rules(), "pairs": reading.pairs()})


@requires(Permission.SEGMENTS_EDIT)
def left_out(request: HttpRequest) -> HttpResponse:
    """Which codes are no goods: offered to nobody, and in no list of what sells."""
    rules = building.rules()
    form = LeftOutForm(request.POST or None, initial={"codes": "\n".join(rules.left_out)})
    if request.method == "POST" and form.is_valid():
        building.leave_out(form.cleaned_data["codes"], by=request.member)
        messages.success(request, _("Saved. What goes together is worked out anew."))
        return redirect_in(request, "insights:pairs")
    return render(request, "insights/left_out.html", {"form": form})


@requires(Permission.INSIGHTS_VIEW)
def tops(request: HttpRequest) -> HttpResponse:
    """What brings most: products, categories or stores."""
    state = renewing.state()
    by, months = one_of(request, "by", KINDS, "products"), one_of(request, "months", MONTHS, 3)
    here = reverse_in(request, "insights:tops")
    context = {
        "state": state,
        "by": by,
        "months": months,
        "tops": reading.tops(by, months, as_of=state.as_of) if state and state.as_of else [],
        "kinds": pages.choices(f"{here}", f"months={months}&by", KINDS, by, KINDS.values()),
        "spans": pages.choices(f"{here}", f"by={by}&months", MONTHS, months, MONTHS.values()),
        "label": KINDS[by],
    }
    return render(request, "insights/tops.html", context)


@requires(Permission.INSIGHTS_VIEW)
def file(request: HttpRequest, figure: str) -> HttpResponse:
    """One of the figures as CSV, with the choices of its page."""
    state = renewing.state()
    as_of = state and state.as_of
    rows = {
        "overview": lambda: files.overview(one_of(request, "days", PERIODS, 30), as_of=as_of),
        "grid": lambda: files.grid(people.tally(member=request.member, tenant=request.tenant).cells),
        "flow": lambda: files.flow(lifecycle.flows(*flow_days(request), member=request.member)),
        "cohorts": lambda: files.cohorts(as_of=as_of),
        "pairs": files.pairs,
        "tops": lambda: files.tops(one_of(request, "by", KINDS, "products"), one_of(request, "months", MONTHS, 3),
                                   as_of=as_of),
    }[figure]()  # fmt: skip
    return files.response(figure, rows)


@require_POST
@requires(Permission.INSIGHTS_VIEW)
def renewals(request: HttpRequest) -> HttpResponse:
    """Work the figures out anew now, instead of by night."""
    begun = [renewing.begin(by=request.member), building.begin(by=request.member)]
    if any(begun):
        messages.success(request, _("The figures are being worked out. Come back in a moment."))
    else:
        messages.info(request, _("Nothing has changed since, or it is being worked out already."))
    return redirect_in(request, "insights:overview")
