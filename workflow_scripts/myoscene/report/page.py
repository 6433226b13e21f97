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
    figures = {kind: {Path(path).stem: path for path in paths} for kind, paths in (("wide", wide), ("narrow", narrow))}
    for name in figures["wide"]:
        if name not in figures["narrow"]:
            raise InputError(f"the figure '{name}' has no drawing for narrow screens; draw both")
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


def _inline_all(parts: list[Section], figures: dict[str, dict[str, str]]) -> dict[str, dict[str, Markup]]:
    """Name of each figure that the sections show -> its two drawings, ready to stand in HTML."""
    shown: dict[str, dict[str, Markup]] = {}
    for block in (block for section in parts for block in section.blocks if isinstance(block, Picture)):
        name = block.name
        if name not in figures["wide"]:
            raise InputError(f"the page needs the figure '{name}', which was not drawn; run again")
        texts = {kind: Path(paths[name]).read_text(encoding="utf-8") for kind, paths in figures.items()}
        shown[name] = {kind: inline_svg(text, f"{name}-{kind}", block.alt) for kind, text in texts.items()}
    return shown
