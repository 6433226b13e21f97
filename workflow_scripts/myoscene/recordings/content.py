"""What a recording holds, as hashes: by them steps after the first one know that they read what was described."""

import hashlib
from collections.abc import Mapping
from typing import Any

from myoscene.core.errors import InputError
from myoscene.recordings.read import EmgRecording, read_emg


def read_as_described(row: Mapping[str, Any]) -> EmgRecording:
    """Read a recording again, of which a row of PARTICIPANT_RECORDINGS says what it held.

    Raises:
        InputError: what reading refuses; the file or its sidecars were changed in between.
    """
    found = read_emg(row["file"], channels=list(row["channels"]))
    same = found.rate_hz == row["rate_hz"] and list(found.bad_channels) == list(row["bad_channels"])
    if not same or channels_hash(found) != row["channels_sha256"]:
        raise InputError(
            f"{row['file']}, or what its sidecars say, changed since this run first read it; run again once it is "
            "complete"
        )
    return found


def content_hash(emg: EmgRecording) -> str:
    """SHA-256 of the decoded samples, whatever the header says and however channels are named or ordered."""
    return hashlib.sha256("\n".join(sorted(emg.samples_sha256)).encode()).hexdigest()


def channels_hash(emg: EmgRecording) -> str:
    """SHA-256 of the channels' names, each with its decoded samples: it changes where two channels are exchanged.

    All that is computed of a recording depends on this table alone, so it has to hold whatever could change.
    """
    parts = [" ".join(pair) for pair in zip(emg.channels, emg.samples_sha256, strict=True)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
