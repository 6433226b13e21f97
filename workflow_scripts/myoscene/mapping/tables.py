"""Tables of continuous targets: of the stage `mapping`, and of `myoscene map-continuous`."""

import pyarrow as pa

from myoscene.core.tables import real, table, text, truth, whole
from myoscene.mapping.scores import METRICS

# Names of protocols.
OWN, UNSEEN, LEAK = "own calibration", "unseen person", "random rows (a leak)"
_SCORED = [name for metric in METRICS for name in (metric, f"{metric}_low", f"{metric}_high")]
# Of the command, whose tables may hold several recordings of a participant.
SUMMARY = table(
    "mapping summary",
    "a protocol and model, means over people and targets",
    text("protocol", "model"),
    whole("people"),
    real(*_SCORED),
    nullable=_SCORED,
)
SCORES = table(
    "mapping scores",
    "a protocol, model, person (a recording of a participant) and target",
    text("protocol", "model", "participant", "person", "target"),
    real(*_SCORED),
    nullable=_SCORED,
)
LAGS = table(
    "mapping lags", "a protocol and person", text("protocol", "person"), real("lag_s", "lag_low_s", "lag_high_s")
)

# Of the stage.
STAGE_SUMMARY = table(
    "mapping_summary",
    "a protocol and model: scores, means over participants and targets, with intervals over participants",
    text("protocol", "model"),
    whole("people"),
    real(*_SCORED),
    truth("synthetic"),
    nullable=_SCORED,
)
STAGE_SCORES = table(
    "mapping_scores",
    "a participant, target, protocol and model: scores, with intervals over blocks of time",
    text("participant", "target", "protocol", "model"),
    real(*_SCORED),
    truth("synthetic"),
    nullable=_SCORED,
)
STAGE_LAGS = table(
    "mapping_lags",
    "a participant and protocol: by how much targets are behind signals, of what trained, with its interval",
    text("participant", "protocol"),
    real("lag_s", "lag_low_s", "lag_high_s"),
    truth("synthetic"),
)
COEFFICIENTS = table(
    "mapping_coefficients",
    "a signal and target: by how many standard deviations the target moves with one of the signal, others held; mean "
    "over participants and its interval",
    text("signal", "target"),
    real("coefficient", "coefficient_low?", "coefficient_high?"),
    whole("people"),
    truth("synthetic"),
)
CONTINUOUS = table(
    "mapping_predictions",
    "a time of a scene: what is predicted there, and of whom the model learnt",
    text("participant", "session", "recording"),
    real("time_s"),
    # own calibration or other people.
    text("learnt_from", "model"),
    patterns=((r"[A-Za-z_][A-Za-z0-9_]*", pa.float32()),),
)
EXAMPLE = table(
    "mapping_example",
    "a time of one participant's scene: what is predicted there and what was measured",
    text("participant", "recording", "learnt_from", "model"),
    real("time_s"),
    patterns=((r"(predicted|measured)__[A-Za-z_][A-Za-z0-9_]*", pa.float32()),),
)
