"""Vega-Lite documents drawn by vl-convert: as SVG in a page, as files, and the script that draws them in a browser.

Only requests draw: vl-convert hangs in a process that was forked after it had drawn.
"""

import hashlib
import json
import re
from contextlib import suppress
from functools import cache
from importlib.metadata import version

import vl_convert
from django.core.cache import cache as kept
from django.utils.html import escape
from django.utils.safestring import mark_safe
from redis.exceptions import RedisError

from . import charts

VERSION = version("vl-convert-python")
KEPT_FOR = 24 * 3600
SCALE = 2
"""Pixels of a PNG for each unit of its drawing."""

ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
"""What Vega says of each mark; in a page the picture is one image, and a table beside it has its figures."""

HATCHING = (
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="3" height="6" fill="{charts.PAPER["may"]}"/></pattern></defs>'
)


def svg(picture):
    """A Picture as SVG for a page, in the page's colours: an image with its title for its words."""
    drawn = ROLES.sub("", _drawn(picture.document))
    return mark_safe(drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(picture.title)}" ', 1))


def svg_file(picture):
    """A Picture as an SVG file by itself: fixed colours on white."""
    drawn = _drawn(charts.painted(picture.document))
    inside = drawn.index(">") + 1
    title = f"<title>{escape(picture.title)}</title>"
    paper = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return drawn[:inside] + title + HATCHING + paper + drawn[inside:]


def png_file(picture):
    """A Picture as the bytes of a PNG file: fixed colours on white."""
    return vl_convert.svg_to_png(svg_file(picture), scale=SCALE)


@cache
def script():
    """The module, as text, that exports `draw(element, document, options)`: vega-embed with all that it needs. It takes
    a second or two to build, once a process."""
    return vl_convert.javascript_bundle("export const draw = vegaEmbed;")


def _drawn(document):
    text = json.dumps(document, sort_keys=True)
    key = f"chart-{VERSION}-{hashlib.sha256(text.encode()).hexdigest()}"
    found = None
    # A page can do without its cache: then each drawing is made again.
    with suppress(RedisError, OSError):
        found = kept.get(key)
    if found is None:
        found = vl_convert.vegalite_to_svg(text)
        with suppress(RedisError, OSError):
            kept.set(key, found, KEPT_FOR)
    return found
