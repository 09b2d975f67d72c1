import pytest

from crm.lib import barcodes


@pytest.mark.parametrize("code", ["6901234567892", "4006381333931", "96385074", "036000291452", "10614141000415"])
def test_article_numbers_end_in_their_check_digit(code):
    """EAN-13, EAN-8, UPC-A and ITF-14 as printed on goods and in GS1's examples."""
    assert barcodes.is_right(code)
    assert [barcodes.is_right(code[:-1] + digit) for digit in "0123456789"].count(True) == 1


def test_swapped_neighbours_are_found():
    code = "4006381333931"
    swapped = code[:3] + code[4] + code[3] + code[5:]
    assert not barcodes.is_right(swapped)


@pytest.mark.parametrize("code", ["", "12345", "ABC-12345678", "１２３４５６７８"])
def test_other_codes_have_no_check_digit(code):
    assert barcodes.is_right(code)
