"""Parts of README.md and docs/ that a command writes: between ``<!-- numbers: NAME -->`` and ``<!-- end -->``."""

import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(<!-- numbers: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def pages(root: Path = ROOT) -> list[Path]:
    """Files that may have such parts."""
    return [root / "README.md", *sorted((root / "docs").glob("*.md"))]


def fill(texts: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """Write ``texts`` (name of a part -> Markdown) where they belong, and give back which were written.

    A part whose text is empty, since the run did not make what it shows, stays as it is.
    """
    written = []
    for page in pages(root):
        old = page.read_text(encoding="utf-8")

        def part(found: re.Match[str]) -> str:
            text = texts.get(found[2], "")
            written.extend([found[2]] if text else [])
            return f"{found[1]}{text.strip()}\n{found[4]}" if text else found[0]

        new = BLOCK.sub(part, old)
        if new != old:
            page.write_text(new, encoding="utf-8")
    return written
