"""The formats that recordings come in: each is one file here, named as the mapping names it.

A file that says its ``ORDER`` is a format, and has ``read(path, shown, mapping)``, which gives the ``SourceTable`` of a
source file or refuses it. Names are read without running the files, which load the libraries of their formats.
"""

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

_ORDER = re.compile(r"^ORDER = (\d+)$", re.MULTILINE)
_TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py")}
# In the order in which the mapping's schema lists them.
NAMES = tuple(name for _, name in sorted((int(n), name) for name, text in _TEXTS.items() for n in _ORDER.findall(text)))
if TYPE_CHECKING:
    FormatName = str
else:
    FormatName = Literal[NAMES]


def load(name: str) -> ModuleType:
    """The module of a format."""
    return import_module(f"{__name__}.{name}")
