"""QR codes, drawn as SVG."""

import segno
from django.utils.safestring import SafeString, mark_safe


def svg(address: str) -> SafeString:
    """An SVG of the address; colours follow the page."""
    drawn = segno.make(address, error="m", boost_error=False)
    return mark_safe(
        drawn.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    )
