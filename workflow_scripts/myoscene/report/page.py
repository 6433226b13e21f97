"""The page: every table and figure of a run in one file that needs nothing else."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from myoscene.core.errors import InputError, undirected
from myoscene.drawing.vector import inline_svg
from myoscene.machinery.files import write_text
from myoscene.report import appendix, cohort, eye_models, eyes, faces, learning, mapping, scenes, workload
from myoscene.report.blocks import Picture, Section, SectionOf
from myoscene.report.findings import findings, subtitle
from myoscene.report.load import Options, is_synthetic, load_tables

HERE = Path(__file__).resolve().parent
# In reading order: every function ``x_section`` of these modules.
SECTIONS: list[SectionOf] = [
    section_of
    for module in (cohort, eyes, faces, mapping, learning, eye_models, scenes, workload, appendix)
    for name, section_of in vars(module).items()
    if name.endswith("_section")
]


def make_page(
    tables: dict[str, str | list[str]], wide: list[str], narrow: list[str], page: str, *, title: str, **options: Any
) -> None:
    """Write the page, one HTML file with everything in it, of ``tables`` (see :func:`load_tables`).

    Args:
        wide, narrow: SVG files of figures for a desk, and the same for a phone.
        options: fields of :class:`myoscene.report.load.Options`.

    Raises:
        InputError: a table or figure cannot be read.
    """
    loaded, chosen = load_tables(tables), Options(**options)
    # A section that the run has nothing for says so in one sentence, or is absent.
    parts = [part for part in (section_of(loaded, chosen) for section_of in SECTIONS) if part is not None]
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
        findings=list(findings(loaded, chosen)) or ["There is no result to sum up."],
        sections=parts,
        figures=_inline_all(parts, {"wide": wide, "narrow": narrow}),
        style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
    )
    write_text(page, undirected(html))


def _inline_all(parts: list[Section], files: dict[str, list[str]]) -> dict[str, dict[str, Markup]]:
    """Name of each figure that the sections show -> its two drawings, ready to stand in HTML."""
    shown: dict[str, dict[str, Markup]] = {}
    drawn = {kind: {Path(path).stem: path for path in paths} for kind, paths in files.items()}
    for block in (block for section in parts for block in section.blocks if isinstance(block, Picture)):
        name = block.name
        if any(name not in paths for paths in drawn.values()):
            raise InputError(f"the page needs the figure '{name}', which was not drawn; run again")
        texts = {kind: Path(paths[name]).read_text(encoding="utf-8") for kind, paths in drawn.items()}
        shown[name] = {kind: inline_svg(text, f"{name}-{kind}", block.alt) for kind, text in texts.items()}
    return shown
