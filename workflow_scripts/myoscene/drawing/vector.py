"""SVG files as elements of a page: ids of their own, no prolog, fewer digits."""

import re

from markupsafe import Markup

from myoscene.core.errors import InputError

# A path of more characters is an area of many points, which needs less than a marker of a few.
LONG_PATH = 2000


def inline_svg(svg: str, name: str, alt: str) -> Markup:
    """An SVG file of matplotlib as an element of an HTML page.

    Ids get ``name`` before them, so that no two figures share one; the prolog, namespaces, fixed size and
    style element go, coordinates are rounded, and ``alt`` is what a screen reader reads.

    Raises:
        InputError: the text is not an SVG with a view box.
    """
    box = re.search(r'<svg[^>]*? (viewBox="[^"]*")[^>]*>', svg)
    if box is None:
        raise InputError(f"the figure '{name}' has no view box; delete it and run again")
    body = svg[box.end() :]
    for pattern in (r"<!--.*?-->", r"<metadata>.*?</metadata>", r"<style.*?</style>"):
        body = re.sub(pattern, "", body, flags=re.S)
    used = set(re.findall(r"url\(#([^)]+)\)", body)) | set(re.findall(r'href="#([^"]+)"', body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    body = body.replace("url(#", f"url(#{name}-").replace('xlink:href="#', f'href="#{name}-')
    body = re.sub(r' transform="rotate\(-?0 [^"]*\)"', "", body)
    body = re.sub(r' d="([^"]*)"', lambda m: f' d="{_path(m[1])}"', body)
    body = re.sub(r'( (?:points|x|y)="[^"]*")', lambda m: _rounded(m[1], 2), body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    # No wider than it was drawn: the letters of all figures have one size.
    pixels = round(float(box[1].rstrip('"').split()[-2]) * 96 / 72)
    opening = '<svg {} style="max-width: {}px" role="img" aria-label="{}">{}'
    return Markup(opening).format(Markup(box[1]), pixels, alt, Markup(body.strip()))


def _rounded(text: str, digits: int) -> str:
    return re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.{digits}f}".rstrip("0").rstrip("."), text)


def _path(data: str) -> str:
    """Path data with rounded numbers; of a long run of straight lines, points between equals go."""
    long = len(data) > LONG_PATH
    text = " ".join(_rounded(data, 1 if long else 2).split())
    if not long or re.search(r"[^MLz0-9. -]", text):
        return text
    return " ".join(_thin(line) for line in text.split("M") if line)


def _thin(line: str) -> str:
    """One subpath, ``x y L x y .. z``, without points on a horizontal between their neighbours."""
    closed = " z" if line.rstrip().endswith("z") else ""
    numbers = re.findall(r"-?[0-9.]+", line)
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    inner = zip(points, points[1:], points[2:], strict=False)
    kept = [point for before, point, after in inner if not before[1] == point[1] == after[1]]
    kept = [*points[:1], *kept, *points[1:][-1:]]
    return "M" + " ".join(f"{x} {y}" for x, y in kept) + closed
