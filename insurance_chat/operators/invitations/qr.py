"""QR codes of links, for a card, a poster or the screen of a phone."""

from __future__ import annotations

from io import BytesIO

import segno

_PIXELS = 12  # of one module: about 600 pixels, sharp on a card
_BORDER = 4  # modules of white that scanners need (ISO/IEC 18004)


def qr_svg(link: str) -> bytes:
    """The link as an SVG picture that fits any size: it has a view box and no size of its own."""
    return _drawn(link, "svg", 8, omitsize=True)


def qr_png(link: str) -> bytes:
    """The link as a PNG picture."""
    return _drawn(link, "png", _PIXELS)


def _drawn(link: str, kind: str, scale: int, **options: bool) -> bytes:
    out = BytesIO()
    code = segno.make(link, error="m", micro=False)
    code.save(out, kind=kind, scale=scale, border=_BORDER, dark="#000", light="#fff", **options)
    return out.getvalue()
