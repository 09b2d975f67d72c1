"""Article numbers (GTIN-8, -12, -13, -14) as barcodes hold them: EAN-8, UPC-A, EAN-13, ITF-14."""

LENGTHS = (8, 12, 13, 14)


def is_article_number(text: str) -> bool:
    """Whether it has the form of an article number, right or wrong."""
    return text.isascii() and text.isdigit() and len(text) in LENGTHS


def check_digit(body: str) -> str:
    """The digit that follows `body`, the digits before it (GS1 General Specifications, 7.9)."""
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-weighted % 10)


def is_right(text: str) -> bool:
    """False for an article number whose last digit is not its check digit; other codes have none."""
    return not is_article_number(text) or check_digit(text[:-1]) == text[-1]
