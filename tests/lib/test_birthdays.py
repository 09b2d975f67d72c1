import csv
import datetime
import gzip
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib.birthdays import Birthday, BirthdayError, parse

from .samples import shared


def problem(raw: str, **options) -> str:
    with pytest.raises(BirthdayError) as caught:
        parse(raw, **options)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    "raw",
    [
        "1990-02-03",
        "1990/2/3",
        "1990.2.3",
        "1990年2月3日",
        "1990年02月03号",
        "１９９０年２月３日",
        "一九九〇年二月三日",
        "19900203",
        "1990-02-03 00:00:00",
        "1990-02-03T08:30:00Z",
        "1990/2/3 0:00",
        "32907",
        "32907.0",
        "3 Feb 1990",
        "Feb 3, 1990",
        "February 3rd, 1990",
        " 1990-02-03\u200b",
        "'1990-02-03",
    ],
)
def test_every_way_to_write_a_day_is_one(raw):
    assert parse(raw) == Birthday(1990, 2, 3)


@pytest.mark.parametrize(
    "raw", ["2月3日", "2月3号", "02-03", "2/3", "02.03", "--02-03", "--0203", "3 Feb", "Feb 3", "二月三日"]
)
def test_a_year_may_be_missing(raw):
    assert parse(raw) == Birthday(None, 2, 3)


def test_the_order_of_day_and_month():
    assert parse("25/12/1990") == parse("12/25/1990") == Birthday(1990, 12, 25)
    assert problem("03/04/1990") == "ambiguous"
    assert parse("03/04/1990", day_first=True) == Birthday(1990, 4, 3)
    assert parse("03/04/1990", day_first=False) == Birthday(1990, 3, 4)
    assert parse("04/04/1990") == Birthday(1990, 4, 4)
    assert parse("03/04", day_first=True) == parse("4月3日")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("农历八月十五", Birthday(None, 8, 15, True)),
        ("阴历1990年八月十五", Birthday(1990, 8, 15, True)),
        ("農曆1990年8月15日", Birthday(1990, 8, 15, True)),
        ("农历1990-08-15", Birthday(1990, 8, 15, True)),
        ("1990年8月15日(农历)", Birthday(1990, 8, 15, True)),
        ("1990年八月初五", Birthday(1990, 8, 5, True)),
        ("一九九〇年八月廿一", Birthday(1990, 8, 21, True)),
        ("正月初一", Birthday(None, 1, 1, True)),
        ("腊月三十", Birthday(None, 12, 30, True)),
        ("冬月廿", Birthday(None, 11, 20, True)),
        ("十二月初十", Birthday(None, 12, 10, True)),
        ("闰四月初一", Birthday(None, 4, 1, True, True)),
        ("2020年闰四月初一", Birthday(2020, 4, 1, True, True)),
        ("农历二月二十九", Birthday(None, 2, 29, True)),
        ("农历二月廿九", Birthday(None, 2, 29, True)),
    ],
)
def test_lunar_birthdays(raw, expected):
    assert parse(raw) == expected
    assert parse(str(expected)) == expected


@pytest.mark.parametrize("raw", ["", " ", "\u200b", "无", "-", "NULL", "0", "0000-00-00", "0000-00-00 00:00:00"])
def test_nothing_written_is_none(raw):
    assert parse(raw) is None


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1990-02-30", "bad_date"),
        ("1991-02-29", "bad_date"),
        ("2月30日", "bad_date"),
        ("13-14", "bad_date"),
        ("1990-13-01", "bad_date"),
        ("农历1990年八月三十一", "bad_date"),
        ("1990年闰四月初一", "bad_date"),
        ("1899-12-31", "too_early"),
        ("1066-10-14", "too_early"),
        ("农历1899年正月初一", "too_early"),
        ("2999-01-01", "future"),
        ("2099-01-01", "future"),
        ("农历2098年正月初一", "future"),
        ("90-02-03", "two_digit_year"),
        ("3/2/90", "two_digit_year"),
        ("90年2月3日", "two_digit_year"),
        ("1990", "no_day"),
        ("1990年", "no_day"),
        ("1990-02", "no_day"),
        ("1990年2月", "no_day"),
        ("八月十五", "not_a_date"),
        ("110101199002031234", "not_a_date"),
        ("春节", "not_a_date"),
        ("31 Foo", "not_a_date"),
        ("1" * 5_000, "not_a_date"),
    ],
)
def test_what_is_no_birthday_says_why(raw, code):
    assert problem(raw) == code


def test_tomorrow_has_not_come():
    today = datetime.date.today()
    assert parse(today.isoformat()) == Birthday(today.year, today.month, today.day)
    assert problem((today + datetime.timedelta(days=1)).isoformat()) == "future"


def test_defaults_of_systems_are_marked():
    assert [parse(raw).placeholder for raw in ("1900-01-01", "1970/1/1", "19900101", "1990-01-02", "1987-01-01")] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert not parse("农历1990年正月初一").placeholder


def test_the_day_it_is_kept():
    assert parse("1990-02-03").in_year(2026) == datetime.date(2026, 2, 3)
    assert parse("2000-02-29").in_year(2026) == datetime.date(2026, 2, 28)
    assert parse("2000-02-29").in_year(2028) == datetime.date(2028, 2, 29)
    assert parse("农历八月十五").in_year(2026) == datetime.date(2026, 9, 25)
    assert parse("正月初一").in_year(2026) == datetime.date(2026, 2, 17)
    assert parse("腊月三十").in_year(2026) == datetime.date(2026, 2, 16)  # a month of 29 days
    assert parse("闰四月初一").in_year(2020) == datetime.date(2020, 5, 23)
    assert parse("闰四月初一").in_year(2026) == parse("农历四月初一").in_year(2026)
    assert parse("农历1990年八月十五").solar == datetime.date(1990, 10, 3)
    assert parse("1990-02-03").solar == datetime.date(1990, 2, 3)
    assert parse("2月3日").solar is None


@pytest.mark.parametrize("raw", ["1990-02-03", "--02-03", "L1990-08-15", "L--08-15", "L2020-04L-01", "L--04L-01"])
def test_the_written_form_is_read_back(raw):
    assert str(parse(raw)) == raw


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2026, 1, 1)), st.booleans())
def test_every_day_comes_back(day, with_year):
    birthday = Birthday(day.year if with_year else None, day.month, day.day)
    assert parse(str(birthday)) == birthday
    assert (
        parse(day.strftime("%Y年%m月%d日")) == parse(day.strftime("%Y%m%d")) == Birthday(day.year, day.month, day.day)
    )


@given(st.integers(1, 12), st.integers(1, 30), st.booleans(), st.integers(1901, 2098))
def test_every_lunar_day_is_kept_in_every_year(month, day, leap, year):
    birthday = Birthday(None, month, day, True, leap)
    assert parse(str(birthday)) == birthday
    kept = birthday.in_year(year)
    assert datetime.date(year, 1, 1) <= kept <= datetime.date(year + 1, 2, 20)


@settings(deadline=None, max_examples=500)
@given(
    st.text(max_size=30)
    | st.from_regex(r"(农历|L)?[0-9]{0,4}[-/.年]?[闰正]?[0-9一二十腊]{1,2}[-/.月][0-9初十廿]{1,3}日?", fullmatch=True),
    st.sampled_from([None, True, False]),
)
def test_nothing_crashes_and_written_forms_stay(raw, day_first):
    try:
        found = parse(raw, day_first=day_first)
    except BirthdayError as error:
        assert error.code in BirthdayError.messages
        return
    if found:
        assert parse(str(found), day_first=day_first) == found


def test_birthdays_of_invented_customers():
    seen = Counter()
    with gzip.open(shared("linkage/cn_retail/customers.csv.gz"), "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["birthday"]:
                try:
                    seen["placeholder" if parse(row["birthday"]).placeholder else "read"] += 1
                except BirthdayError as error:
                    seen[error.code] += 1
    print(f"\nbirthdays: {dict(seen)}")
    assert set(seen) <= {"read", "placeholder", "bad_date", "future"}
    assert seen["read"] + seen["placeholder"] >= 0.99 * seen.total()
