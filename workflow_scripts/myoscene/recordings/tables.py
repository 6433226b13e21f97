"""Tables of the stage `recordings`."""

import pyarrow as pa

from myoscene.core.tables import real, table, text, truth, whole, whole32

PARTICIPANT_RECORDINGS = table(
    "participant_recordings",
    "a recording of one participant, in the order of their names",
    # Rate and duration: eye images without times.
    text("participant", "session", "task", "recording", "kind", "file", "sha256"),
    # Of the samples alone, however named; and of the channels' names with their samples.
    text("content_sha256", "channels_sha256"),
    real("rate_hz?", "duration_s?"),
    whole("n_samples"),
    real("mains_hz?"),
    {"channels": pa.list_(pa.string()), "muscles": pa.list_(pa.string()), "bad_channels": pa.list_(pa.string())},
    truth("synthetic"),
)

EVENTS = table(
    "events",
    "an event of one recording, in onset order",
    text("participant", "recording"),
    whole32("event"),
    real("onset_s", "duration_s"),
    text("label", "role"),
)

_JOINED = ("channels", "muscles", "bad_channels")
SHEET = table(
    "sheet",
    "a recording: participant, session, task, kind, rate, duration, checksums; lists are joined by `;`",
    PARTICIPANT_RECORDINGS.columns | text(*_JOINED),
    nullable={"mains_hz"},
)

EXCLUSIONS = table(
    "exclusions",
    "something left out or incomplete, and why; empty where a field does not apply",
    text("participant", "recording", "channel", "reason"),
)

PARTICIPANTS = table(
    "participants",
    "a participant: role, predicted by which fold, eye images",
    text("participant"),
    # train or apply.
    text("role"),
    # `fold NAME`, the one that held the person out; `every fold`; or '' where nothing is predicted.
    text("predicted_by"),
    truth("eye_images", "synthetic"),
)

RATINGS = table(
    "ratings",
    "a participant and scene (empty where ratings are not by scene): the six NASA-TLX scales, raw and weighted TLX",
    text("participant", "session", "scene"),
    real("mental", "physical", "temporal", "performance", "effort", "frustration", "raw_tlx", "weighted_tlx?"),
    truth("synthetic"),
)
