"""What of a name fitted a query."""

from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from crm.templatetags.people import fitted, marked
from customers import marking


def parts(name: str, query: str) -> list[str]:
    return [name[begin:end] for begin, end in marking.spans(name, query)]


@pytest.mark.parametrize(
    ("name", "query", "found"),
    [
        ("张三丰", "张三", ["张三"]),
        ("张三丰", "三丰", ["三丰"]),
        ("張三豐", "张三", ["張三"]),
        ("张三丰", "zsf", ["张三丰"]),
        ("张三丰", "zs", ["张三"]),
        ("张三丰", "zhangs", ["张三"]),
        ("张三丰", "ngsan", ["张三"]),
        ("张三丰", "sanfeng", ["三丰"]),
        ("尉迟恭", "yuchi", ["尉迟"]),
        ("Anna O'Brien", "ann", ["Ann"]),
        ("Anna O'Brien", "o'b", ["O'B"]),
        ("Anna O'Brien", "OBRI", ["O", "Bri"]),
        ("José Álvarez", "jose alv", ["José", "Álv"]),
        ("陈 Jack", "chenj", ["陈", "J"]),
        ("Straße", "strasse", ["Straße"]),
        ("ﬁona", "fio", ["ﬁo"]),
        ("张三丰", "13812345678", []),
        ("张三丰", "", []),
        ("", "zs", []),
        ("😀张", "张", ["张"]),
    ],
)
def test_fitting_part_is_found(name, query, found):
    assert parts(name, query) == found


@pytest.mark.parametrize(
    ("name", "query", "html"),
    [
        ("张三丰", "zs", "<mark>张三</mark>丰"),
        ("<script>alert(1)</script>", "script", "&lt;<mark>script</mark>&gt;alert(1)&lt;/script&gt;"),
        ("<b>", "<b", "<mark>&lt;b</mark>&gt;"),
        ('"><img onerror=x>', "img", "&quot;&gt;&lt;<mark>img</mark> onerror=x&gt;"),
        ("&amp;", "amp", "&amp;<mark>amp</mark>;"),
        ("王</mark>", "王", "<mark>王</mark>&lt;/mark&gt;"),
    ],
)
def test_mark_is_the_only_markup_of_a_hostile_name(name, query, html):
    assert marked(name, query) == html


@given(st.text(max_size=40), st.text(max_size=20))
def test_marks_take_nothing_from_a_name(name, query):
    found = marking.spans(name, query)
    assert all(begin < end <= len(name) for begin, end in found)
    assert all(end < begin for (_first, end), (begin, _last) in pairwise(found))
    bare = marked(name, query).replace("<mark>", "").replace("</mark>", "")
    assert bare == marked(name, "")


def test_what_fitted_tells_no_more_than_the_query():
    with translation.override("en"):
        assert fitted("phone", "+86 138-1234-5678") == "phone ending 5678"
        assert fitted("tail", "5678") == "phone ending 5678"
        assert fitted("card", "VIP001") == "by card number"
        assert fitted("name", "zs") == ""
