import csv
import random
from collections import Counter

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.lib import phones
from crm.lib.phones import Phone, PhoneError, display, mask, standard

from .samples import shared

MOBILE = Phone("+8613812345679", "mobile", "13812345679")


def problem(raw: str, region: str = "CN") -> str:
    with pytest.raises(PhoneError) as caught:
        standard(raw, region)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    "raw",
    [
        "13812345679",
        "１３８１２３４５６７９",
        "138 1234 5679",
        "138-1234-5679",
        " 13812345679 ",
        "+8613812345679",
        "+86 138 1234 5679",
        "(+86)13812345679",
        "（+86）138-1234-5679",
        "0086-13812345679",
        "008613812345679",
        "8613812345679",
        "86 13812345679",
        "+86-138-1234-5679",
        "013812345679",
        "+86 013812345679",
        "13812345679.0",
        "'13812345679",
        "138\u200b12345679",
        "\u202d13812345679\u202c",
        "tel:13812345679",
        "138.1234.5679",
        "138－1234—5679",
    ],
)
def test_every_way_to_write_a_mobile_is_one_number(raw):
    assert standard(raw) == MOBILE


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("1.38E+10", "excel"),
        ("1.38e10", "excel"),
        ("8.61381E+12", "excel"),
        ("138****5678", "masked"),
        ("138xxxx5678", "masked"),
        ("138＊＊＊＊5678", "masked"),
        ("11111111111", "placeholder"),
        ("0000000000", "placeholder"),
        ("1381234567", "too_short"),
        ("138123456789", "too_long"),
        ("123", "too_short"),
        ("62345678", "no_area_code"),
        ("13812345678/13987654321", "several"),
        ("13812345678、13987654321", "several"),
        ("13812345678，13987654321", "several"),
        ("12812345678", "not_assigned"),
        ("14012345678", "not_assigned"),
        ("abc", "not_a_number"),
        ("1" * 5_000 + "2", "too_long"),
    ],
)
def test_what_is_no_number_says_why(raw, code):
    assert problem(raw) == code


@pytest.mark.parametrize("raw", ["", "  ", "\u200b", "-", "无", "暂无", "NULL", "n/a", "0"])
def test_nothing_written_is_none(raw):
    assert standard(raw) is None


@pytest.mark.parametrize(
    ("raw", "e164", "kind", "extension"),
    [
        ("010-62345678", "+861062345678", "landline", ""),
        ("(010) 62345678", "+861062345678", "landline", ""),
        ("0755-26012345", "+8675526012345", "landline", ""),
        ("010-62345678转801", "+861062345678", "landline", "801"),
        ("010-62345678-801", "+861062345678", "landline", "801"),
        ("010-62345678 分机 801", "+861062345678", "landline", "801"),
        ("400-123-4567", "+864001234567", "other", ""),
        ("400-123-4567-8", "+864001234567", "other", "8"),
        ("+852 9123 4567", "+85291234567", "mobile", ""),
        ("+1 415 555 2671", "+14155552671", "mobile", ""),
    ],
)
def test_landlines_extensions_and_other_countries(raw, e164, kind, extension):
    phone = standard(raw)
    assert (phone.e164, phone.kind, phone.extension) == (e164, kind, extension)


def test_placeholders_are_marked_and_vanity_numbers_too():
    assert [standard(raw).placeholder for raw in ("13800138000", "13800000000", "13888888888", "13812345679")] == [
        True,
        True,
        True,
        False,
    ]


def test_parts_and_forms_for_people():
    assert (MOBILE.last_four, str(MOBILE), MOBILE.is_chinese_mobile) == ("5679", "+8613812345679", True)
    assert (display("+8613812345679"), mask("+8613812345679")) == ("138 1234 5679", "138 **** 5679")
    assert (display("+861062345678", "801"), mask("+861062345678")) == ("010 6234 5678-801", "010 **** 5678")
    assert (display("+442079460958"), mask("+442079460958")) == ("+44 20 7946 0958", "+44 2* **** 0958")


def test_vectors_of_every_region():
    """3,568 numbers of every region and type in four forms, and what is too short, too long or invalid."""
    kinds = {"MOBILE": "mobile", "FIXED_LINE": "landline", "FIXED_LINE_OR_MOBILE": "mobile"}
    right, total = Counter(), Counter()
    with open(shared("vectors/phone/phone_vectors.csv"), encoding="utf-8") as file:
        for vector in csv.DictReader(file):
            total[vector["form"]] += 1
            try:
                phone = standard(vector["raw_input"], vector["region"])
            except PhoneError:
                right[vector["form"]] += vector["expected_valid"] == "0"
                continue
            fits = vector["expected_valid"] == "1" and vector["expected_e164"] in ("", phone.e164)
            kind = kinds.get(vector["expected_type"], "other") if vector["expected_type"] else phone.kind
            right[vector["form"]] += fits and kind == phone.kind
    print(f"\nphone vectors, right of total: { {form: f'{right[form]}/{total[form]}' for form in total} }")
    assert right == total


def test_landlines_of_every_region_come_back():
    """What is given is read again as the same number, from its own region and from China, written or shown."""
    seen = Counter()
    with open(shared("vectors/phone/phone_vectors.csv"), encoding="utf-8") as file:
        for vector in csv.DictReader(file):
            if vector["expected_valid"] != "1" or not vector["expected_e164"]:
                continue
            e164 = standard(vector["raw_input"], vector["region"]).e164
            kinds = {
                standard(written, region).kind
                for written in (e164, display(e164))
                for region in (vector["region"], "CN")
            }
            assert {standard(written).e164 for written in (e164, display(e164))} == {e164}
            assert len(kinds) == 1
            seen[kinds.pop()] += 1
    print(f"\nphone vectors read twice: {dict(seen)}")
    assert set(seen) == {"landline", "mobile", "other"} and seen["landline"] > 500


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
    st.integers(0, 9999),
    st.sampled_from(["FIXED_LINE", "MOBILE"]),
)
def test_numbers_of_any_country_are_stable(region, tail, kind):
    example = phonenumbers.example_number_for_type(region, getattr(phonenumbers.PhoneNumberType, kind))
    if not example:
        return
    digits = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
    raw = digits[:-4] + f"{tail:04}" if digits[-4:].isdigit() else digits
    try:
        phone = standard(raw, region)
    except PhoneError:
        return
    assert standard(phone.e164, region).e164 == phone.e164 == standard(phone.e164).e164


def test_the_quick_way_gives_what_phonenumbers_gives():
    """Each three-digit prefix a hundred times, in the forms that the quick way takes."""
    rng = random.Random(7)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("CN").mobile.national_number_pattern
    assert set(metadata.split("|")) == set(phones.MOBILE.split("|"))
    for prefix in range(100, 200):
        for _ in range(100):
            digits = f"{prefix}{rng.randrange(10**8):08}"
            for form in (
                digits,
                "+86" + digits,
                "0086" + digits,
                "86 " + digits[:3] + " " + digits[3:7] + " " + digits[7:],
            ):
                assert e164_of(form) == e164_by_phonenumbers(form)


def e164_of(raw: str) -> str | None:
    try:
        return standard(raw).e164
    except PhoneError:
        return None


def e164_by_phonenumbers(raw: str) -> str | None:
    try:
        number = phonenumbers.parse(raw, "CN")
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, 0) if phonenumbers.is_valid_number(number) else None


@settings(deadline=None)
@given(
    st.text(max_size=40) | st.from_regex(r"[+(]?[0-9０-９ ()./x*转-]{5,20}", fullmatch=True),
    st.sampled_from(["CN", "US", "IT"]),
)
def test_nothing_crashes_and_standard_forms_stay(raw, region):
    try:
        phone = standard(raw, region)
    except PhoneError as error:
        assert error.code in PhoneError.messages
        return
    if phone:
        again = standard(phone.e164, region)
        assert (again.e164, again.kind, again.national) == (phone.e164, phone.kind, phone.national)
        assert standard(display(phone.e164), region).e164 == phone.e164 or region != "CN"
        assert mask(phone.e164).endswith(phone.last_four[-1])
