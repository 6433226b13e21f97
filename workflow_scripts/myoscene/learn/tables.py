"""Tables of the stage `learn`."""

import pyarrow as pa

from myoscene.core.tables import Schema

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

COHORT_EYES = Schema(
    name="cohort eyes",
    grain="labelled calibration frame of use, in the order of the cohort's image store; a row group a participant",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "recording": pa.string(),
        "event": pa.int32(),
        "frame": pa.int64(),
        "time_s": pa.float64(),
        "label": pa.string(),
        # Row in the image store, row in the store of mean neutral images or -1.
        "row": pa.int64(),
        "neutral": pa.int32(),
        "has_left": pa.bool_(),
        "has_right": pa.bool_(),
        "left_image": pa.string(),
        "right_image": pa.string(),
        # Not where another person has an image of it, too: it trains then and is not scored.
        "scored": pa.bool_(),
    },
    nullable=frozenset({"time_s", "left_image", "right_image"}),
)

EYE_PREDICTIONS = Schema(
    name="held-out predictions of eye frames",
    grain="labelled frame, predicted by the fold that never saw its participant",
    columns={
        "participant": pa.string(),
        "fold": pa.string(),
        "session": pa.string(),
        "recording": pa.string(),
        "event": pa.int32(),
        "frame": pa.int64(),
        # Time of the frame on the recording's clock; missing where the index gives none.
        "start_s": pa.float64(),
        "label": pa.string(),
        "left_image": pa.string(),
        "right_image": pa.string(),
    },
    patterns=((r"p_[a-z][a-z0-9_]*", pa.float32()),),
    nullable=frozenset({"start_s", "left_image", "right_image"}),
)

BLINKS = Schema(
    name="blinks of a fold",
    grain="frame of the cohort's eye table that the fold leaves out as a blink",
    columns={
        "fold": pa.string(),
        "participant": pa.string(),
        "row": pa.int64(),
        "label": pa.string(),
        "p_closed": pa.float64(),
        "synthetic": pa.bool_(),
    },
)

CLASS_SCORES = Schema(
    name="scores of classes",
    grain="model x class, pooled (participant empty) and of each held-out participant",
    columns={
        "model": pa.string(),
        "participant": pa.string(),
        "label": pa.string(),
        "precision": pa.float64(),
        "recall": pa.float64(),
        "f1": pa.float64(),
        "support": pa.int64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"precision", "recall", "f1"}),
)

PERSONALISATION_EFFECT = Schema(
    name="effect of personalisation",
    grain="pair of variants of one model x unit: what personalisation adds on identical frames",
    columns={
        "personalised": pa.string(),
        "plain": pa.string(),
        # "participants", or "participant-session-condition" as in the paper.
        "unit": pa.string(),
        "frames": pa.int64(),
        "units": pa.int64(),
        "accuracy_personalised": pa.float64(),
        "sd_personalised": pa.float64(),
        "accuracy_plain": pa.float64(),
        "sd_plain": pa.float64(),
        "mean_difference": pa.float64(),
        "sd_difference": pa.float64(),
        # Paired one-tailed t-test (personalised better), and our paired permutation over participants, one-tailed too.
        "t": pa.float64(),
        "df": pa.float64(),
        "p_t": pa.float64(),
        "p_permutation": pa.float64(),
        "permutations": pa.int64(),
        "exact": pa.bool_(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"sd_personalised", "sd_plain", "sd_difference", "t", "df", "p_t", "p_permutation"}),
)

MODALITIES = Schema(
    name="modalities on the same windows",
    grain="model x held-out participant, over the windows that every one of these models predicts",
    columns={
        "model": pa.string(),
        "participant": pa.string(),
        "windows": pa.int64(),
        "classes": pa.int64(),
        "accuracy": pa.float64(),
        "balanced_accuracy": pa.float64(),
        "macro_f1": pa.float64(),
        "roc_auc": pa.float64(),
        "brier": pa.float64(),
        "ece": pa.float64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"roc_auc"}),
)

RATERS = Schema(
    name="agreement with human raters",
    grain="pair of raters (a model is one too): Cohen's kappa over the images that both labelled",
    columns={
        "rater_a": pa.string(),
        "rater_b": pa.string(),
        "images": pa.int64(),
        "agreement": pa.float64(),
        "kappa": pa.float64(),
        # Over images, resampled by participant.
        "bootstrap_low": pa.float64(),
        "bootstrap_high": pa.float64(),
        # Accuracy of each against the index's label, where images have one.
        "accuracy_a": pa.float64(),
        "accuracy_b": pa.float64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"kappa", "bootstrap_low", "bootstrap_high", "accuracy_a", "accuracy_b"}),
)

LEARNING_CURVE = Schema(
    name="learning curve",
    grain="number of training people x held-out participant",
    columns={
        "model": pa.string(),
        "people": pa.int64(),
        "participant": pa.string(),
        "fold": pa.string(),
        "frames": pa.int64(),
        "training_people": pa.string(),
        "accuracy": pa.float64(),
        "balanced_accuracy": pa.float64(),
        "macro_f1": pa.float64(),
        "synthetic": pa.bool_(),
    },
)
