"""Who takes part, by a section of a configuration as it is written."""

from collections.abc import Mapping
from typing import Any

from myoscene.core.settings import from_plain
from myoscene.recordings import selection
from myoscene.recordings.settings import RecordingsSettings


def select(section: Mapping[str, Any], apply_needs_calibration: bool = True) -> selection.Selection:
    """:func:`myoscene.recordings.selection.select` of plain values."""
    return selection.select(from_plain(RecordingsSettings, section), apply_needs_calibration)
