import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib.dates import DateError, DateReader

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=datetime.UTC)


MARCH_4 = utc(2024, 3, 3, 16)


@pytest.mark.parametrize(
    "raw",
    [
        "2024-03-04",
        "2024/3/4",
        "2024.3.4",
        "2024年3月4日",
        "2024年03月04号",
        "20240304",
        "45355",
        "45355.0",
        "２０２４／３／４",
        "2024-03-04 00:00:00",
        "2024-03-04T00:00",
        "4 Mar 2024",
        "March 4, 2024",
        "04-Mar-2024",
        "2024-03-03T16:00:00Z",
        "2024-03-04T00:00:00+08:00",
        "2024-03-03 11:00:00-0500",
        " 2024-3-4 ",
        "'2024-03-04",
        "2024/3/4 上午12:00",
    ],
)
def test_what_can_mean_one_day_is_read_without_asking(raw):
    assert DateReader().read(raw) == MARCH_4


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2010-12-01 08:26:00", utc(2010, 12, 1, 0, 26)),
        ("2010-12-01 8:26", utc(2010, 12, 1, 0, 26)),
        ("2019-06-30 22:46:22.511", utc(2019, 6, 30, 14, 46, 22, 511_000)),
        ("2024年3月4日 15时4分5秒", utc(2024, 3, 4, 7, 4, 5)),
        ("2024年3月4日下午3:04", utc(2024, 3, 4, 7, 4)),
        ("2024/3/4 3:04:05 PM", utc(2024, 3, 4, 7, 4, 5)),
        ("2024/3/4 中午 12:30", utc(2024, 3, 4, 4, 30)),
        ("2024/3/4 12:30 AM", utc(2024, 3, 3, 16, 30)),
        ("45355.5", utc(2024, 3, 4, 4)),
        ("20240304150405", utc(2024, 3, 4, 7, 4, 5)),
        ("1987-07-01 12:00:00", utc(1987, 7, 1, 3)),  # China had summer time then
    ],
)
def test_times_are_local_unless_they_say_otherwise(raw, moment):
    assert DateReader().read(raw) == moment


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "blank"),
        ("abc", "not_a_date"),
        ("12", "not_a_date"),
        ("2024-03", "not_a_date"),
        ("2024-3/4", "not_a_date"),
        ("2024-3-412:30", "not_a_date"),
        ("2024-W10-1 08:26:00", "not_a_date"),
        ("2024-03-04 08:26+08", "not_a_date"),
        ("2024-02-30", "bad_date"),
        ("2024年2月30日", "bad_date"),
        ("2023-02-29", "bad_date"),
        ("2024-13-01", "bad_date"),
        ("2024-03-04 25:00", "bad_date"),
        ("2024-03-04 24:00:00", "bad_date"),
        ("2024-03-04 13:00 PM", "bad_date"),
        ("20240230", "bad_date"),
        ("2024-03-04 00:00:00+99:99", "bad_date"),
        ("0001-01-01", "year_out_of_range"),
        ("9999-12-31", "year_out_of_range"),
        ("1899-12-31", "year_out_of_range"),
        ("2101-01-01", "year_out_of_range"),
        ("24/3/4", "two_digit_year"),
        ("04-03-24", "two_digit_year"),
        ("24年3月4日", "two_digit_year"),
        ("农历八月十五", "lunar"),
        ("正月初一", "lunar"),
        ("1.38E+10", "not_a_date"),
        ("x" * 5_000, "not_a_date"),
    ],
)
def test_what_is_no_date_says_why(raw, code):
    for reader in (DateReader(), DateReader(["13/1/2024"])):
        with pytest.raises(DateError) as caught:
            reader.read(raw)
        assert (caught.value.code, bool(str(caught.value))) == (code, True)


def test_samples_decide_which_is_the_month():
    assert DateReader(["04-03-2024", "31-03-2024"]).read("04-03-2024") == MARCH_4
    assert DateReader(["03/04/2024", "03/31/2024 8:26"]).read("3/4/2024") == MARCH_4
    assert DateReader(["12/1/2010 8:26", "12/13/2010 9:00"]).read("12/1/2010 8:26") == utc(2010, 12, 1, 0, 26)
    with pytest.raises(DateError) as caught:
        DateReader(["31-03-2024"]).read("03-31-2024")
    assert caught.value.code == "bad_date"


@pytest.mark.parametrize(
    ("samples", "code", "choices"),
    [
        (["04-03-2024", "2024/3/4", "45355"], "ambiguous_date", ("%d-%m-%Y", "%m-%d-%Y")),
        (["4/3/2024 8:26"], "ambiguous_date", ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M")),
        (["13/1/2024", "1/13/2024"], "mixed_order", ("%d/%m/%Y", "%m/%d/%Y")),
        (["04/03/24"], "two_digit_year", ("%y/%m/%d", "%d/%m/%y", "%m/%d/%y")),
    ],
)
def test_doubt_is_asked_and_each_choice_answers_it(samples, code, choices):
    with pytest.raises(DateError) as caught:
        DateReader(samples)
    assert (caught.value.code, caught.value.params["choices"]) == (code, choices)
    for choice in choices:
        DateReader(samples, format=choice).read(samples[0]) if code != "mixed_order" else DateReader(format=choice)


def test_without_samples_only_plain_days_are_read():
    assert DateReader(["3/3/2024"]).read("13/3/2024") == utc(2024, 3, 12, 16)
    with pytest.raises(DateError) as caught:
        DateReader().read("4/3/2024")
    assert caught.value.code == "ambiguous_date"


def test_a_format_wins_and_what_is_beyond_doubt_is_still_read():
    reader = DateReader(["04-03-2024"], format="%d-%m-%Y")
    assert [reader.read(raw) for raw in ("04-03-2024", "04/03/2024", "2024年3月4日", "45355")] == [MARCH_4] * 4
    assert DateReader(format="%d.%m.%y").read("04.03.24") == MARCH_4
    assert DateReader(format="%m/%d/%Y %H:%M").read("3/4/2024") == MARCH_4


@pytest.mark.parametrize("format", ["abc", "%Y", "%H:%M", "%q", "%d", ""])
def test_what_is_no_format_is_refused(format):
    if format:
        with pytest.raises(DateError, match="not a date format"):
            DateReader(format=format)
    else:
        assert DateReader(format=format).format == ""


def test_the_hours_that_a_clock_skips_or_repeats():
    newyork = DateReader(timezone="America/New_York")
    assert newyork.read("2024-03-10 02:30:00") == newyork.read("2024-03-10 03:30:00") == utc(2024, 3, 10, 7, 30)
    assert newyork.read("2024-11-03 01:30:00") == utc(2024, 11, 3, 5, 30)
    assert newyork.read("2024-11-03 01:30:00-05:00") == utc(2024, 11, 3, 6, 30)


def test_birthdays_are_days_whatever_the_zone():
    for zone in ("Pacific/Pago_Pago", "Pacific/Kiritimati", "America/New_York"):
        assert DateReader(timezone=zone).read_date("1990年2月28日") == datetime.date(1990, 2, 28)


@settings(deadline=None)
@given(
    st.datetimes(datetime.datetime(1900, 1, 2), datetime.datetime(2100, 12, 30)),
    st.sampled_from(["Asia/Shanghai", "America/New_York"]),
)
def test_the_quick_way_gives_what_zoneinfo_gives(moment, zone):
    moment = moment.replace(microsecond=0)
    expected = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(datetime.UTC)
    reader = DateReader(timezone=zone)
    forms = [
        "%Y-%m-%d %H:%M:%S",
        "%Y/%m/%d %H:%M:%S",
        "%Y年%m月%d日 %H:%M:%S",
        "%d %b %Y %H:%M:%S",
        "%Y%m%d%H%M%S",
    ]
    assert {reader.read(moment.strftime(form)) for form in forms for _ in range(2)} == {expected}
    assert DateReader(timezone=zone, format="%m/%d/%Y %H:%M:%S").read(moment.strftime("%m/%d/%Y %H:%M:%S")) == expected


@settings(deadline=None)
@given(
    st.text(max_size=30)
    | st.from_regex(r"[0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}日?( [0-9:apmAPM+下午]{1,12})?", fullmatch=True)
)
def test_nothing_crashes(raw):
    for make in (DateReader, lambda: DateReader([raw]), lambda: DateReader(format="%d/%m/%Y")):
        try:
            moment = make().read(raw)
        except DateError as error:
            assert error.code in DateError.messages
        else:
            assert moment.tzinfo is datetime.UTC
            assert 1899 <= moment.year <= 2101
