from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib.money import AmountError, amount, format_amount, quantity


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("0", "0"),
        ("2.55", "2.55"),
        ("-1", "-1"),
        ("1,234.56", "1234.56"),
        ("￥1,2３4", "1234"),
        ("¥12", "12"),
        ("12元", "12"),
        ("12.5 元", "12.5"),
        ("CNY 12.5", "12.5"),
        ("12.5 RMB", "12.5"),
        ("人民币12", "12"),
        ("(12.50)", "-12.5"),
        ("（12.50）", "-12.5"),
        ("-￥12.5", "-12.5"),
        ("￥-12.5", "-12.5"),
        ("12.50-", "-12.5"),
        ("−12", "-12"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1.2万", "12000"),
        ("3亿", "300000000"),
        ("1,234", "1234"),
        ("1,234,567.891", "1234567.891"),
        ("1.234", "1.234"),
        ("1E3", "1000"),
        ("1.5e-3", "0.0015"),
        ("19.990000000000002", "19.99"),
        ("0.00005", "0.0001"),
        ("1 234.56", "1234.56"),
        ("999999999999.9999", "999999999999.9999"),
        ("'12.5", "12.5"),
        ("１２．５０", "12.5"),
    ],
)
def test_amounts_are_read(raw, value):
    assert amount(raw) == Decimal(value)


@pytest.mark.parametrize("raw", ["-0", "-0.00", "(0)", "-0.00001", "0.0"])
def test_minus_nothing_is_zero(raw):
    assert str(abs(amount(raw))) == str(amount(raw))
    assert amount(raw) == 0


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "blank"),
        ("  ", "blank"),
        ("1.234,56", "ambiguous"),
        ("12,5", "ambiguous"),
        ("1 234,56", "ambiguous"),
        ("12.345.678", "ambiguous"),
        ("NaN", "not_finite"),
        ("Infinity", "not_finite"),
        ("-inf", "not_finite"),
        ("1e309", "too_large"),
        ("1000000000000", "too_large"),
        ("999999999999.99999", "too_large"),
        ("1e30", "too_large"),
        ("abc", "not_a_number"),
        ("--5", "not_a_number"),
        ("(-5)", "not_a_number"),
        ("1..2", "not_a_number"),
        ("12,34,567", "not_a_number"),
        ("5%", "not_a_number"),
        ("1_000", "not_a_number"),
        ("٣", "not_a_number"),
        ("0x10", "not_a_number"),
        ("-", "not_a_number"),
        ("1" * 5_000, "not_a_number"),
        ("$12", "other_currency"),
        ("USD 12", "other_currency"),
        ("12€", "other_currency"),
    ],
)
def test_what_is_no_amount_says_why(raw, code):
    with pytest.raises(AmountError) as caught:
        amount(raw)
    assert (caught.value.code, bool(str(caught.value))) == (code, True)


def test_a_decimal_comma_can_be_chosen():
    assert [amount(raw, decimal=",") for raw in ("1.234,56", "12,5", "1.234")] == [
        Decimal("1234.56"),
        Decimal("12.5"),
        1234,
    ]
    with pytest.raises(AmountError, match="two ways"):
        amount("1,234.56", decimal=",")


def test_other_currencies_have_their_signs():
    assert amount("$1,234.50", currency="USD") == amount("USD 1234.5", currency="USD") == Decimal("1234.5")
    assert amount("CHF 5", currency="CHF") == 5


def test_quantities_have_no_currency():
    assert [quantity(raw) for raw in ("6.0", "-12", "1,000", "0.3333")] == [6, -12, 1000, Decimal("0.3333")]
    with pytest.raises(AmountError):
        quantity("12元")


def test_amounts_are_written_as_their_readers_write_them():
    value = Decimal("1234.5")
    assert [format_amount(value, "CNY", language) for language in ("zh-hans", "en")] == [
        "¥1,234.50",
        "CN¥1,234.50",
    ]
    assert format_amount(-value, "USD", "en") == "-$1,234.50"
    assert format_amount(Decimal("1234"), "JPY", "zh-hans") == "JP¥1,234"
    assert format_amount(value, "CNY", "tlh") == format_amount(value, "CNY", "en")


@settings(deadline=None)
@given(st.decimals(-(10**11), 10**11, places=4))
def test_what_is_written_is_read(value):
    assert amount(str(value)) == amount(f"¥{value:,}") == amount(f"{value:f}元") == value


@settings(deadline=None)
@given(
    st.text(max_size=30) | st.from_regex(r"[-+(]?[¥$￥]?[0-9０-９.,eE ]{1,20}[万元%)-]?", fullmatch=True),
    st.sampled_from(".,"),
)
def test_nothing_crashes_and_amounts_stay(raw, decimal):
    for read in (amount, quantity):
        try:
            value = read(raw, decimal=decimal)
        except AmountError as error:
            assert error.code in AmountError.messages
        else:
            assert read(f"{value:f}") == value
            assert value.is_finite() and abs(value) < 10**12 and value == round(value, 4)
