"""Tables of the stage `learn`."""

import pyarrow as pa

from myoscene.tables.core import Schema

_FEATURE = (r"[A-Za-z0-9_]+", pa.float32())

FOLDS = Schema(
    name="folds",
    grain="fold x participant that does not train in it",
    columns={"fold": pa.string(), "participant": pa.string(), "role": pa.string(), "synthetic": pa.bool_()},
)

COHORT_FEATURES = Schema(
    name="cohort features",
    grain="labelled window; participants in order, a row group each",
    columns={
        "participant": pa.string(),
        "recording": pa.string(),
        "kind": pa.string(),
        "segment": pa.int32(),
        "event": pa.int32(),
        "start_s": pa.float64(),
        "label": pa.string(),
    },
    patterns=(_FEATURE,),
)

COHORT_SIGNALS = Schema(
    name="cohort signals",
    grain="sample of a trimmed labelled event, normalised; participants in order, a row group each",
    columns={
        "participant": pa.string(),
        "recording": pa.string(),
        "segment": pa.int32(),
        "event": pa.int32(),
        "label": pa.string(),
        "time_s": pa.float64(),
    },
    patterns=((r"signal__[a-z][a-z0-9_]*", pa.float32()),),
)

PREDICTIONS = Schema(
    name="held-out predictions",
    grain="labelled window, predicted by the fold that never saw its participant",
    columns={
        "participant": pa.string(),
        "fold": pa.string(),
        "recording": pa.string(),
        "event": pa.int32(),
        "start_s": pa.float64(),
        "label": pa.string(),
    },
    patterns=((r"p_[a-z][a-z0-9_]*", pa.float32()),),
)

PARTICIPANT_SCORES = Schema(
    name="scores of participants",
    grain="held-out participant",
    columns={
        "model": pa.string(),
        "participant": pa.string(),
        "fold": pa.string(),
        "windows": pa.int64(),
        "classes": pa.int64(),
        "accuracy": pa.float64(),
        "balanced_accuracy": pa.float64(),
        "macro_f1": pa.float64(),
        "roc_auc": pa.float64(),
        "brier": pa.float64(),
        "ece": pa.float64(),
        "note": pa.string(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"roc_auc"}),
)

SUMMARY = Schema(
    name="summary over participants",
    grain="metric",
    columns={
        "model": pa.string(),
        "metric": pa.string(),
        "participants": pa.int64(),
        "missing": pa.int64(),
        "mean": pa.float64(),
        "sd": pa.float64(),
        "sd_over": pa.string(),
        "t_low": pa.float64(),
        "t_high": pa.float64(),
        "bootstrap_low": pa.float64(),
        "bootstrap_high": pa.float64(),
        "worst": pa.float64(),
        "worst_participant": pa.string(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset(
        {"mean", "sd", "t_low", "t_high", "bootstrap_low", "bootstrap_high", "worst", "worst_participant"}
    ),
)

CONFUSION = Schema(
    name="confusion",
    grain="true class x predicted class, pooled (participant empty) and of each participant",
    columns={
        "model": pa.string(),
        "participant": pa.string(),
        "true": pa.string(),
        "predicted": pa.string(),
        "windows": pa.int64(),
        "synthetic": pa.bool_(),
    },
)

COMPARISON = Schema(
    name="comparison of models",
    grain="pair of models x metric; differences are of participants",
    columns={
        "model_a": pa.string(),
        "model_b": pa.string(),
        "metric": pa.string(),
        "participants": pa.int64(),
        "missing": pa.int64(),
        "mean_difference": pa.float64(),
        "sd_difference": pa.float64(),
        "sd_over": pa.string(),
        "bootstrap_low": pa.float64(),
        "bootstrap_high": pa.float64(),
        "p": pa.float64(),
        "permutations": pa.int64(),
        "exact": pa.bool_(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"mean_difference", "sd_difference", "bootstrap_low", "bootstrap_high", "p"}),
)
