"""Tables of the stage `emg`."""

import pyarrow as pa

from myoscene.core.tables import Schema

_CHANNEL = r"[a-z][a-z0-9_]*"

SIGNALS = Schema(
    name="signals",
    grain="one conditioned sample of one recording, by recording, segment and time",
    columns={"recording": pa.string(), "segment": pa.int32(), "time_s": pa.float64()},
    patterns=((rf"{_CHANNEL}_uv", pa.float32()),),
)

FEATURES = Schema(
    name="features",
    grain="one window of one recording; event is -1 for the regular grid over a scene recording",
    columns={
        "participant": pa.string(),
        "recording": pa.string(),
        "kind": pa.string(),
        "segment": pa.int32(),
        "event": pa.int32(),
        "start_s": pa.float64(),
        "label": pa.string(),
    },
    # `<feature>__<channel>` from recordings; any name in a table of features that was made elsewhere.
    patterns=((_CHANNEL, pa.float32()),),
    nullable=frozenset({"label"}),
)

ENVELOPES = Schema(
    name="envelopes",
    grain="one sample of the normalised envelope of one recording, by recording, segment and time",
    columns={"recording": pa.string(), "segment": pa.int32(), "time_s": pa.float64()},
    patterns=((rf"envelope__{_CHANNEL}", pa.float32()),),
)

QUALITY = Schema(
    name="quality",
    grain="one channel of one recording; a measure that does not apply is missing",
    columns={
        "participant": pa.string(),
        "recording": pa.string(),
        "channel": pa.string(),
        "declared_rate_hz": pa.float64(),
        "effective_rate_hz": pa.float64(),
        "update_rate_hz": pa.float64(),
        "held_fraction": pa.float64(),
        "missing_fraction": pa.float64(),
        "n_gaps": pa.int64(),
        "flat_fraction": pa.float64(),
        "clipped_fraction": pa.float64(),
        "mains_ratio": pa.float64(),
        "snr_db": pa.float64(),
        "lag1_autocorrelation": pa.float64(),
        "lag1_limit": pa.float64(),
        "offset_uv": pa.float64(),
        "rms_uv": pa.float64(),
        "band_rms_uv": pa.float64(),
        "flags": pa.string(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"mains_ratio", "snr_db", "lag1_autocorrelation", "lag1_limit", "band_rms_uv"}),
)
