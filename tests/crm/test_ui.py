"""The tags, the components and what holds for every template and style sheet."""

import re
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.template import Context, RequestContext, Template
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory, override_settings
from django.urls import include, path, resolve
from django.utils import timezone, translation

from crm.templatetags import charts, figures, people

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted(ROOT.glob("templates/**/*.html"))
STYLES = sorted(ROOT.glob("static/css/*.css"))


def _page(request, **kwargs):
    return HttpResponse()


def _urls(prefix, **routes):
    return include(([path(route, _page, name=name) for name, route in routes.items()], prefix))


urlpatterns = [
    path("", _page, name="front"),
    path("log-in/", _page, name="login"),
    path("log-out/", _page, name="logout"),
    path("password/", _page, name="password_reset"),
    path("companies/", _page, name="tenant_list"),
    path("language/", _page, name="set_language"),
    path("api/", _page, name="api-docs"),
    path("t/<slug:tenant>/", _page, name="home"),
    path("t/<slug:tenant>/customers/", _urls("customers", list="", create="new/", detail="<int:id>/")),
    path("t/<slug:tenant>/segments/", _urls("segments", list="")),
    path("t/<slug:tenant>/sales/", _urls("sales", order_list="orders/", import_list="imports/")),
    path("t/<slug:tenant>/search/", _page, name="search"),
    path("t/<slug:tenant>/quality/", _urls("quality", due="due/")),
    path("t/<slug:tenant>/jobs/", _urls("jobs", list="")),
]


@pytest.fixture(autouse=True)
def own_urls():
    with override_settings(ROOT_URLCONF=__name__), translation.override("en"):
        yield


class Member(SimpleNamespace):
    def can(self, permission):
        return permission in self.permissions


@pytest.fixture
def request_of_shop(rf: RequestFactory):
    def make(address="/t/shop/customers/"):
        request = rf.get(address)
        request.tenant = SimpleNamespace(slug="shop", name="禾茂生活馆", currency="CNY")
        request.member = Member(role="Clerk", permissions={"CUSTOMERS_VIEW"})
        request.places = [request.tenant]
        request.user = SimpleNamespace(is_authenticated=True, email="wang@shop.example")
        request.resolver_match = resolve(request.path_info)
        return request

    return make


def rendered(source: str, request=None, **context) -> str:
    return Template(source).render(RequestContext(request, context) if request else Context(context))


# Links


def test_link_leads_to_the_tenants_page(request_of_shop):
    assert rendered("{% link 'customers:detail' id=7 %}", request_of_shop()) == "/t/shop/customers/7/"
    assert rendered("{% link 'home' tenant='other' %}", request_of_shop()) == "/t/other/"


def test_query_changes_what_is_named_and_drops_the_cursor(request_of_shop):
    request = request_of_shop("/t/shop/customers/?stage=new&tag=a&tag=b&after=x")
    assert rendered("{% query stage='lost' %}", request) == "?tag=a&amp;tag=b&amp;stage=lost"
    assert rendered("{% query tag=None after='y' %}", request) == "?stage=new&amp;after=y"


def test_here_marks_the_page_one_is_on(request_of_shop):
    assert rendered("{% here 'customers:' %}", request_of_shop()) == ' aria-current="page"'
    assert rendered("{% here 'home' %}", request_of_shop()) == ""


def test_can_asks_the_member():
    assert rendered("{{ member|can:'A' }}", member=Member(permissions={"A"})) == "True"
    assert rendered("{{ member|can:'A' }}", member=None) == "False"


# Figures


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (Decimal("1234567.895"), "CNY", "zh-hans", "¥1,234,567.90"),
        (Decimal("0.005"), "CNY", "zh-hans", "¥0.01"),
        (Decimal("-12.3"), "CNY", "en", "-CN¥12.30"),
        (12, "USD", "en", "$12.00"),
        (12, "USD", "zh-hans", "US$12.00"),
        (Decimal("1200.4"), "JPY", "en", "¥1,200"),
        (None, "CNY", "en", ""),
    ],
)
def test_money_is_written_by_locale(amount, currency, language, shown):
    with translation.override(language):
        assert figures.money(amount, currency) == shown


def test_number_separates_thousands():
    assert figures.number(1234567) == "1,234,567"
    assert figures.number(Decimal("0.8349"), 2) == "0.83"
    assert figures.number(None) == ""


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (5, "just now", "刚刚"),
        (60, "1 minute ago", "1 分钟前"),
        (-1800, "in 29 minutes", "29 分钟后"),
        (3 * 3600, "3 hours ago", "3 小时前"),
        (40 * 86400, "40 days ago", "40 天前"),
        (100 * 86400, "3 months ago", "3 个月前"),
        (800 * 86400, "2 years ago", "2 年前"),
    ],
)
def test_ago_says_how_long_and_keeps_the_moment(seconds, english, chinese):
    moment = timezone.now() - timedelta(seconds=seconds)
    shown = figures.ago(moment)
    assert re.sub(r"<.*?>", "", shown) == english
    assert f'title="{timezone.localtime(moment):%Y-%m-%d %H:%M}"' in shown
    with translation.override("zh-hans"):
        assert re.sub(r"<.*?>", "", figures.ago(moment)) in (chinese, english)


def test_ago_of_a_date_counts_days():
    today = timezone.localdate()
    assert [re.sub(r"<.*?>", "", figures.ago(today - timedelta(days=n))) for n in (0, 1, -1, 9)] == [
        "today",
        "yesterday",
        "tomorrow",
        "9 days ago",
    ]
    assert figures.ago(None) == ""
    assert figures.day(date(2025, 3, 4)) == '<time datetime="2025-03-04">2025-03-04</time>'


# People


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张小明", "小明"),
        ("李芳", "李芳"),
        ("欧阳娜娜", "娜娜"),
        ("上海禾茂商贸有限公司", "上海"),
        ("Alice Smith", "AS"),
        ("Anna Maria van Dyk", "AD"),
        ("bob@shop.example", "B"),
        ("", "?"),
        (None, "?"),
    ],
)
def test_initials(name, shown):
    assert people.initials(name) == shown


def test_person_escapes_the_name_and_covers_the_row():
    shown = people.person("<b>张</b>", href="/t/shop/customers/7/", row=True)
    assert "<b>" not in shown
    assert 'class="person-name row-link" href="/t/shop/customers/7/"' in shown


# Components


def test_component_puts_body_and_slots_in_place_and_hides_the_rest_of_the_page():
    shown = rendered(
        '{% component "panel" title="Orders" hx_get="/x/" %}'
        'body {{ outer }}{% slot "actions" %}act{% endslot %}{% endcomponent %}',
        outer="seen",
        id="not-for-the-panel",
        footer="nor this",
    )
    assert "body seen</div>" in shown
    assert '<div class="row">act</div>' in shown
    assert ' hx-get="/x/"' in shown
    assert "not-for-the-panel" not in shown
    assert "nor this" not in shown


def test_component_escapes_what_it_is_given():
    assert "&lt;b&gt;" in rendered('{% component "panel" title=name %}{% endcomponent %}', name="<b>")


class PhoneForm(forms.Form):
    phone = forms.CharField(label="Phone", help_text="With the country.")
    kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect, required=False)
    wanted = forms.BooleanField(required=False)


def test_field_ties_label_help_and_error_to_its_control():
    shown = render_to_string("_components/fields.html", {"form": PhoneForm({})})
    assert '<label for="id_phone">' in shown
    described = re.search(r'<input[^>]*name="phone"[^>]*aria-describedby="([^"]*)"', shown)[1].split()
    assert all(f'id="{name}"' in shown for name in described)
    assert len(described) == 2
    assert "<fieldset" in shown


def test_steps_of_a_scale_are_round_and_hold_all_values():
    assert charts.scale(0, 310_000) == [0, 100_000, 200_000, 300_000, 400_000]
    assert charts.scale(-4, 12) == [-5, 0, 5, 10, 15]
    assert charts.scale(0, 0) == [0, 1]


@pytest.mark.parametrize("values", [[], [0], [5], [-3, 4], [1e9, 2], list(range(40))])
def test_bar_chart_draws_any_values(values):
    points = [{"label": str(i), "value": value} for i, value in enumerate(values)]
    shown = rendered("{% bar_chart points title='Orders' unit='pieces' %}", points=points)
    assert shown.count('class="bar') == len(values)
    assert shown.count('<th scope="row">') == len(values)


def test_heat_map_links_to_the_people():
    full = {"r": 5, "f": 1, "count": 1200, "level": 3, "url": "?r=5&f=1"}
    cells = [[full, {"r": 5, "f": 2, "count": 0, "level": 0}]]
    shown = render_to_string("_components/heat_map.html", {"cells": cells})
    assert '<a class="level-3" href="?r=5&amp;f=1"' in shown
    assert "1,200" in shown
    assert '<span class="level-0">0</span>' in shown


# Pages


def test_frame_shows_the_pages_the_member_may_open(request_of_shop):
    shown = get_template("base.html").render({}, request_of_shop())
    assert 'href="/t/shop/customers/" data-key="g c" aria-current="page"' in shown
    assert "/t/shop/jobs/" not in shown


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "429", "500"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_error_pages_need_nothing(name, language):
    with translation.override(language):
        shown = get_template(f"{name}.html").render()
    assert f'lang="{"en" if language == "en" else "zh-Hans"}"' in shown
    assert "<h1>" in shown


def name_of(template: Path) -> str:
    return template.relative_to(ROOT / "templates").as_posix()


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
class TestEveryTemplate:
    def test_has_no_inline_script_or_style(self, template):
        source = template.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|hx-on", source)

    def test_fits_in_the_head(self, template):
        assert len(template.read_text().splitlines()) <= 150

    def test_compiles(self, template):
        get_template(name_of(template))

    def test_has_no_text_of_its_own(self, template):
        """A text stands in a translate tag; a key, a formula, a format, a measure, a product, a language are none."""
        source = re.sub(r"(?s){% (comment|blocktranslate|block width)\b.*?{% end\w+ %}", "", template.read_text())
        source = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", source)
        named = re.findall(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"', source)
        words = re.sub(r"(?s)<kbd.*?</kbd>|<[^>]*>", " ", source)
        allowed = r"中文|English|R \\ F|\b[RF]\b|\bCSV\b|\bAUC\b|\bBrier\b|\bECE\b|Power BI|Tableau|Metabase|&\w+;"
        assert not re.findall(r"[^\W\d_]+", re.sub(allowed, "", " ".join([words, *named])))


# Colours


def colours() -> dict[str, tuple[str, str]]:
    source = (ROOT / "static/css/tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", source)
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1 to 21."""
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


GROUNDS = ["bg", "surface", "raised", "sunken", "hover"]
TONES = ["neutral", "info", "good", "warn", "bad", "special"]
TEXTS = [
    *product(["text", "muted", "accent-text", "bad-text", *(f"{tone}-text" for tone in TONES)], GROUNDS),
    *((f"{tone}-text", f"{tone}-soft") for tone in TONES),
    *(("text", f"{tone}-soft") for tone in TONES),
    ("accent-text", "accent-soft"),
    ("text", "accent-soft"),
    ("muted", "accent-soft"),
    ("muted", "neutral-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    *(("heat-low", f"heat-{level}") for level in range(4)),
    ("heat-middle", "heat-4"),
    *(("heat-high", f"heat-{level}") for level in (5, 6)),
]
MARKS = [*product(["line-control", "focus", "danger", "series-1", "series-2"], GROUNDS[:3])]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_contrasts_reach_wcag_aa(theme):
    found = colours()
    weak = [
        (one, other, round(contrast(found[one][theme], found[other][theme]), 2))
        for pairs, least in ((TEXTS, 4.5), (MARKS, 3))
        for one, other in pairs
        if contrast(found[one][theme], found[other][theme]) < least
    ]
    assert weak == []


def test_colours_are_named_in_one_place():
    colour = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\(|light-dark\(")
    assert {style.name for style in STYLES if colour.search(style.read_text())} == {"tokens.css"}
