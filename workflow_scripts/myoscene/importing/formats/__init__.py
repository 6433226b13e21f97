"""The formats that recordings come in, a module a format: ``NAME`` as the mapping has it, and ``read``.

A new format is one new file here: ``read(path, shown, mapping)`` gives the table of one file, or refuses it.
"""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

from myoscene.importing.mapping_schema import MappingFile
from myoscene.importing.table import SourceTable

Read = Callable[[Path, str, MappingFile], SourceTable]


def _formats() -> dict[str, Read]:
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {module.NAME: module.read for module in modules if hasattr(module, "NAME")}


FORMATS = _formats()
