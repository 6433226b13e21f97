"""The page: every table and figure of a run in one file that needs nothing else."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from myoscene.core.errors import InputError
from myoscene.drawing.vector import inline_svg
from myoscene.machinery.files import write_text
from myoscene.report.blocks import Picture, Section
from myoscene.report.content import sections
from myoscene.report.findings import findings, subtitle
from myoscene.report.load import Options, is_synthetic, load_tables

HERE = Path(__file__).resolve().parent


def make_page(
    tables: dict[str, str | list[str]],
    wide: list[str],
    narrow: list[str],
    page: str,
    *,
    title: str,
    **options: Any,
) -> None:
    """Write the page, one HTML file with everything in it.

    Args:
        tables: see :func:`myoscene.report.load.load_tables`.
        wide: SVG files of figures for a desk.
        narrow: the same figures for a phone.
        page: HTML file to write.
        title: heading of the page.
        options: fields of :class:`myoscene.report.load.Options`.

    Raises:
        InputError: a table or figure cannot be read.
    """
    loaded = load_tables(tables)
    figures = {Path(path).stem: (path, other) for path, other in _pairs(wide, narrow)}
    chosen = Options(**options)
    parts = sections(loaded, chosen)
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    html = environment.get_template("template.html.j2").render(
        title=title,
        subtitle=subtitle(loaded),
        synthetic=is_synthetic(loaded),
        findings=findings(loaded, chosen),
        sections=parts,
        figures=_inline_all(parts, figures),
        style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
    )
    write_text(page, html)


def _pairs(wide: list[str], narrow: list[str]) -> list[tuple[str, str]]:
    by_name = {Path(path).stem: path for path in narrow}
    missing = [Path(path).stem for path in wide if Path(path).stem not in by_name]
    if missing:
        raise InputError(f"the figure '{missing[0]}' has no drawing for narrow screens; draw both")
    return [(path, by_name[Path(path).stem]) for path in wide]


def _inline_all(parts: list[Section], figures: dict[str, tuple[str, str]]) -> dict[str, dict[str, Markup]]:
    """Name of each figure that the sections show -> its two drawings, ready to stand in HTML."""
    shown: dict[str, dict[str, Markup]] = {}
    for section in parts:
        for block in section.blocks:
            if not isinstance(block, Picture):
                continue
            if block.name not in figures:
                raise InputError(f"the page needs the figure '{block.name}', which was not drawn; run again")
            shown[block.name] = {
                kind: inline_svg(Path(path).read_text(encoding="utf-8"), f"{block.name}-{kind}", block.alt)
                for kind, path in zip(("wide", "narrow"), figures[block.name], strict=True)
            }
    return shown
