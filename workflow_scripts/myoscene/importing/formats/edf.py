"""EDF and BDF files with their annotations."""

import io
import warnings
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pandas as pd

from myoscene.core.errors import InputError
from myoscene.importing.mapping_schema import MappingFile
from myoscene.importing.table import SourceEvent, SourceTable
from myoscene.recordings.records import announced, check_texts, checked_rate, physical_values

ORDER = 4


def read(path: Path, shown: str, mapping: MappingFile) -> SourceTable:
    """The signals of one rate: that of those that the mapping's channels name (all of which have to share it).

    Raises:
        InputError: the file is truncated or no EDF/BDF, a wanted signal is missing, or rates differ.
    """
    edf = _open(path, shown)
    signals: list[Any] = list(edf.signals)
    if not signals:
        raise InputError(f"{shown} has no signals; leave the file out or replace it")
    given = [signal.label for signal in signals]
    counts = [given[: place + 1].count(label) for place, label in enumerate(given)]
    labels = [f"{label} ({count})" if count > 1 else label for label, count in zip(given, counts, strict=True)]
    rate = _rate(signals, labels, [channel["column"] for channel in mapping.get("channels", [])], shown)
    rates = {name: checked_rate(s, f"{shown}: signal '{name}'") for name, s in zip(labels, signals, strict=True)}
    kept = {name: signal for name, signal in zip(labels, signals, strict=True) if rates[name] == rate}
    frame = pd.DataFrame({name: physical_values(s, f"{shown}: signal '{name}'") for name, s in kept.items()})
    table = SourceTable(shown, frame, rate_hz=rate)
    table.units = {name: signal.physical_dimension for name, signal in kept.items()}
    table.extra = [f"signal '{name}' ({rate_hz:g} Hz)" for name, rate_hz in rates.items() if name not in kept]
    try:
        events = [
            SourceEvent(float(a.onset), np.nan if a.duration is None else float(a.duration), str(a.text).strip())
            for a in edf.annotations
        ]
    except Exception as error:  # edfio lets whatever a broken annotation causes through
        raise InputError(f"{shown} has annotations that cannot be read ({error}); export it again") from None
    table.events = {"annotations": {"annotations": events}}
    return table


def _open(path: Path, shown: str) -> edfio.Edf | edfio.Bdf:
    data = path.read_bytes()
    if len(data) < 256:
        raise InputError(f"{shown} is truncated: it is shorter than an EDF header; copy it again")
    bdf = data[:1] == b"\xff"
    try:
        layout = announced(io.BytesIO(data), 3 if bdf else 2)
    except ValueError:
        raise InputError(f"{shown} is not an EDF or BDF file: its header cannot be read; correct the mapping") from None
    if data[192:197] in (b"EDF+D", b"BDF+D"):
        raise InputError(f"{shown} is a discontinuous EDF+D file; export it as a continuous one (EDF+C)")
    records, expected = layout.records, layout.header + layout.records * layout.record_bytes
    if records >= 0 and len(data) < expected:
        announces = f"its header announces {records} records ({expected} bytes)"
        raise InputError(f"{shown} is truncated: {announces}, the file has {len(data)} bytes; copy it again")
    if records >= 0 and len(data) > expected:
        more = f"{len(data) - expected} bytes more than the {records} records that its header announces"
        raise InputError(f"{shown} holds {more}; export it again")
    check_texts(data, len(layout.samples), shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return edfio.read_bdf(data) if bdf else edfio.read_edf(data)
    except Exception as error:  # edfio lets whatever a broken header causes through
        raise InputError(f"{shown} cannot be read as {'BDF' if bdf else 'EDF'} ({error}); copy it again") from None


def _rate(signals: list[Any], labels: list[str], wanted: list[str | int], shown: str) -> float:
    names = []
    for item in wanted:
        if isinstance(item, int) and item <= len(labels):
            names.append(labels[item - 1])
        elif item in labels:
            names.append(str(item))
        else:
            raise InputError(f"{shown} has no signal '{item}'; it has {', '.join(labels)}; correct the mapping")
    rates = {name: checked_rate(signals[labels.index(name)], shown) for name in names or labels[:1]}
    (first, common), *others = rates.items()
    for name, rate in others:
        if rate != common:
            raise InputError(
                f"{shown}: '{first}' has {common:g} Hz and '{name}' {rate:g} Hz; import signals of one rate"
            )
    return common
