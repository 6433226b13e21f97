"""Tables of the stage `emg`."""

import pyarrow as pa

from myoscene.core.tables import real, table, text, truth, whole, whole32

_CHANNEL = r"[a-z][a-z0-9_]*"

SIGNALS = table(
    "signals",
    "a conditioned sample of one recording, by recording, segment and time",
    text("recording"),
    whole32("segment"),
    real("time_s"),
    patterns=((rf"{_CHANNEL}_uv", pa.float32()),),
)

FEATURES = table(
    "features",
    "an analysis window: time-domain features of each channel; `event` is -1 on the regular grid over a scene",
    # `<feature>__<channel>` from recordings; any name in a table of features that was made elsewhere.
    text("participant", "recording", "kind"),
    whole32("segment", "event"),
    real("start_s"),
    text("label?"),
    patterns=((_CHANNEL, pa.float32()),),
)

ENVELOPES = table(
    "envelopes",
    "a time of a recording: the normalised envelope of each channel",
    text("recording"),
    whole32("segment"),
    real("time_s"),
    patterns=((rf"envelope__{_CHANNEL}", pa.float32()),),
)

QUALITY = table(
    "quality",
    "a recording and channel: missing, flat, clipped, mains, signal-to-noise, effective rate, flags",
    text("participant", "recording", "channel"),
    real("declared_rate_hz", "effective_rate_hz", "update_rate_hz", "held_fraction", "missing_fraction"),
    whole("n_gaps"),
    real("flat_fraction", "clipped_fraction", "mains_ratio?", "snr_db?", "lag1_autocorrelation?", "lag1_limit?"),
    real("offset_uv", "rms_uv", "band_rms_uv?"),
    text("flags"),
    truth("synthetic"),
)
