"""zh-Hans is complete, and the tool that says so finds what it must find."""

from io import BytesIO

import pytest
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo

from ops import messages

TEMPLATE = """
  <p class="it's">{% translate "Plain" %} {% translate 'May' context "the month" %}</p>
    {% blocktranslate count n=rows|length trimmed %}
      {{ n }} row
    {% plural %}
      {{ n }} rows
    {% endblocktranslate %}
{% blocktranslate context "till" with who=user.name %}Hello {{ who }}, 100%{% endblocktranslate %}
{% component "panel" title=_("Panel (1)") %}
{{ _("Variable") }}{{ name|default:_("Nobody") }}{% endcomponent %}
{# Translators: for the clerk #}
{% translate "Noted" %}
{% comment %}{% translate "Not this" %}{% endcomment %}
"""


def found_in(template: str):
    source = BytesIO(messages.as_python(template))
    return [(text, context) for _, text, _, context in extract("python", source, keywords=messages.KEYWORDS)]


def test_templates_give_all_their_texts():
    assert found_in(TEMPLATE) == [
        ("Plain", None),
        ("May", "the month"),
        (("%(n)s row", "%(n)s rows"), None),
        ("Hello %(who)s, 100%%", "till"),
        ("Panel (1)", None),
        ("Variable", None),
        ("Nobody", None),
        ("Noted", None),
    ]


@pytest.fixture
def texts():
    catalogue = messages.new_catalogue()
    catalogue.add("Same")
    catalogue.add("%(n)s left")
    catalogue.add(("%(n)d day", "%(n)d days"))
    return catalogue


def known(**translations):
    catalogue = messages.new_catalogue()
    catalogue.add("Same", translations.get("same", "一样"))
    catalogue.add("%(n)s left", translations.get("left", "剩 %(n)s"))
    catalogue.add(("%(n)d day", "%(n)d days"), (translations.get("days", "%(n)d 天"),))
    return catalogue


def test_a_full_catalogue_has_no_problems(texts):
    assert messages.problems(texts, known()) == []


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"same": ""}, "not translated: 'Same'"),
        ({"days": ""}, "not translated: '%(n)d day'"),
        ({"left": "剩几个"}, "other placeholders: '%(n)s left'"),
        ({"left": "剩 %(m)s"}, "other placeholders: '%(n)s left'"),
    ],
)
def test_problems_are_found(texts, wrong, problem):
    assert messages.problems(texts, known(**wrong)) == [problem]


def test_fuzzy_left_over_and_absent_texts_are_found(texts):
    catalogue = known()
    catalogue["Same"].flags.add("fuzzy")
    catalogue.add("Old", "旧")
    texts.add("New")
    assert sorted(messages.problems(texts, catalogue)) == [
        "fuzzy: 'Same'",
        "no longer used: 'Old'",
        "not in the catalogue: 'New'",
    ]


def test_merging_keeps_translations_and_drops_what_is_gone(texts):
    catalogue = known()
    catalogue.add("Old", "旧")
    merged = messages.merged(texts, catalogue)
    assert [(message.id, message.string) for message in merged if message.id] == [
        ("Same", "一样"),
        ("%(n)s left", "剩 %(n)s"),
        (("%(n)d day", "%(n)d days"), ("%(n)d 天",)),
    ]


def test_the_file_survives_a_round_trip_and_says_nothing_of_when_or_which_line(tmp_path, texts):
    path = tmp_path / "django.po"
    path.write_bytes(messages.render(messages.merged(texts, known())))
    assert messages.render(messages.written(path)) == path.read_bytes()
    assert b"Date" not in path.read_bytes()


def test_what_is_compiled_reads_the_same(texts):
    file = BytesIO()
    write_mo(file, known())
    file.seek(0)
    assert list(read_mo(file)["%(n)d day"].string) == ["%(n)d 天"]


def test_the_catalogue_is_in_step_with_the_code():
    """Else: python -m ops.messages extract, then translate what is empty."""
    assert messages.problems(messages.extracted(), messages.written()) == []


def test_the_catalogue_is_as_the_tool_writes_it():
    rendered = messages.render(messages.merged(messages.extracted(), messages.written()))
    assert messages.CATALOGUE.read_bytes() == rendered
