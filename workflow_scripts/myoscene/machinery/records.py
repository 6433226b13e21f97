"""Snakemake's records of what each result was made from: one that cannot be read makes its result untrusted.

Of a result without a record Snakemake says that nothing has changed, whatever was edited since: its params, inputs and
code are in no other place. So such a result counts as one whose job was cut short (``.snakemake/incomplete``), and is
made anew.
"""

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from pathlib import Path

from myoscene.core.errors import InputError
from myoscene.machinery.directory import STATE
from myoscene.machinery.files import write_text

METADATA, INCOMPLETE = STATE / "metadata", STATE / "incomplete"
SHOWN = 3


def distrust(results: Iterable[str]) -> str:
    """Have those of ``results`` made anew that are there without a readable record; a sentence on them, or nothing.

    InputError where a record can be neither read nor taken away.
    """
    found = [file for file in results if Path(file).exists() and not _readable(_place(METADATA, file))]
    for file in found:
        record, marker = _place(METADATA, file), _place(INCOMPLETE, file)
        try:
            record.unlink(missing_ok=True)  # of some, Snakemake would end in a traceback
        except OSError as error:
            raise InputError(f"{record}, the record of {file}, is unreadable ({error.strerror}); delete it") from None
        if not marker.exists():
            write_text(marker, json.dumps({"external_jobid": None}))
    if not found:
        return ""
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return (
        f"No readable record under {METADATA} says what {', '.join(found[:SHOWN])}{more} "
        f"{'were' if len(found) > 1 else 'was'} made from: {'they are' if len(found) > 1 else 'it is'} made anew."
    )


def _place(folder: Path, file: str) -> Path:
    """Where Snakemake keeps what it notes of ``file``: by its path in base 64, cut where a name would be too long."""
    longest = os.pathconf(folder, "PC_NAME_MAX") - 1 if folder.is_dir() else 254
    name = urlsafe_b64encode(file.encode()).decode()
    *folders, last = (name[start : start + longest] for start in range(0, len(name), longest))
    return folder.joinpath(*(f"@{part}" for part in folders), last)


def _readable(record: Path) -> bool:
    """Whether a record is whole: all that Snakemake writes, of its kinds, in a form that this Snakemake compares."""
    from pydantic import ValidationError
    from snakemake.persistence import RECORD_FORMAT_VERSION, MetadataRecord

    try:
        said = json.loads(record.read_bytes())
        read = MetadataRecord.model_validate(said)
    except (OSError, ValueError, RecursionError, ValidationError):
        return False
    texts = (said.get("params"), said.get("input"))
    return (
        set(MetadataRecord.model_fields) <= set(said)
        and all(isinstance(value, list) and all(isinstance(item, str) for item in value) for value in texts)
        and None not in (read.rule, read.input_checksums, read.software_stack_hash)
        and read.record_format_version >= RECORD_FORMAT_VERSION
    )
