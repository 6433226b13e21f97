"""Tables of the stage `recordings`."""

import pyarrow as pa

from myoscene.core.tables import Schema

PARTICIPANT_RECORDINGS = Schema(
    name="participant_recordings",
    grain="one recording of one participant, in the order of their names",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "task": pa.string(),
        "recording": pa.string(),
        "kind": pa.string(),
        "file": pa.string(),
        "sha256": pa.string(),
        # Of the samples alone, however named; and of the channels' names with their samples.
        "content_sha256": pa.string(),
        "channels_sha256": pa.string(),
        "rate_hz": pa.float64(),
        "duration_s": pa.float64(),
        "n_samples": pa.int64(),
        "mains_hz": pa.float64(),
        "channels": pa.list_(pa.string()),
        "muscles": pa.list_(pa.string()),
        "bad_channels": pa.list_(pa.string()),
        "synthetic": pa.bool_(),
    },
    # Rate and duration: eye images without times.
    nullable=frozenset({"mains_hz", "rate_hz", "duration_s"}),
)

EVENTS = Schema(
    name="events",
    grain="one event of one recording, in onset order",
    columns={
        "participant": pa.string(),
        "recording": pa.string(),
        "event": pa.int32(),
        "onset_s": pa.float64(),
        "duration_s": pa.float64(),
        "label": pa.string(),
        "role": pa.string(),
    },
)

SHEET = Schema(
    name="sheet",
    grain="one recording of the cohort; lists are joined by ';'",
    columns={
        name: pa.string() if name in ("channels", "muscles", "bad_channels") else kind
        for name, kind in PARTICIPANT_RECORDINGS.columns.items()
    },
    nullable=frozenset({"mains_hz"}),
)

EXCLUSIONS = Schema(
    name="exclusions",
    grain="one thing that was left out or is incomplete, and why; empty where a field does not apply",
    columns={
        "participant": pa.string(),
        "recording": pa.string(),
        "channel": pa.string(),
        "reason": pa.string(),
    },
)

PARTICIPANTS = Schema(
    name="participants",
    grain="one participant of the run: how the person comes in, and which models predict the person",
    columns={
        "participant": pa.string(),
        # train or apply.
        "role": pa.string(),
        # `fold NAME`, the one that held the person out; `every fold`; or '' where nothing is predicted.
        "predicted_by": pa.string(),
        "eye_images": pa.bool_(),
        "synthetic": pa.bool_(),
    },
)

RATINGS = Schema(
    name="ratings",
    grain="one NASA-TLX rating: participant, session, scene ('' where ratings are not by scene)",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "scene": pa.string(),
        "mental": pa.float64(),
        "physical": pa.float64(),
        "temporal": pa.float64(),
        "performance": pa.float64(),
        "effort": pa.float64(),
        "frustration": pa.float64(),
        "raw_tlx": pa.float64(),
        "weighted_tlx": pa.float64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"weighted_tlx"}),
)
