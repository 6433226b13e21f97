"""Tables of the stage `learn`."""

import pyarrow as pa

from myoscene.core.tables import real, table, text, truth, whole, whole32

_FEATURE = (r"[A-Za-z0-9_]+", pa.float32())

FOLDS = table(
    "folds",
    "a fold and a participant that does not train in it",
    text("fold", "participant", "role"),
    truth("synthetic"),
)

COHORT_FEATURES = table(
    "cohort features",
    "a labelled window; participants in order, a row group each",
    text("participant", "recording", "kind"),
    whole32("segment", "event"),
    real("start_s"),
    text("label"),
    patterns=(_FEATURE,),
)

COHORT_SIGNALS = table(
    "cohort signals",
    "a sample of a trimmed labelled event, normalised; participants in order, a row group each",
    text("participant", "recording"),
    whole32("segment", "event"),
    text("label"),
    real("time_s"),
    patterns=((r"signal__[a-z][a-z0-9_]*", pa.float32()),),
)

PREDICTIONS = table(
    "held-out predictions",
    "a labelled window, predicted by the fold that never saw its participant",
    text("participant", "fold", "recording"),
    whole32("event"),
    real("start_s"),
    text("label"),
    patterns=((r"p_[a-z][a-z0-9_]*", pa.float32()),),
)

PARTICIPANT_SCORES = table(
    "scores of participants",
    "a held-out participant: macro-F1, balanced accuracy, ROC-AUC, Brier score, calibration error",
    text("model", "participant", "fold"),
    whole("windows", "classes"),
    real("accuracy", "balanced_accuracy", "macro_f1", "roc_auc?", "brier", "ece"),
    text("note"),
    truth("synthetic"),
)

SUMMARY = table(
    "summary over participants",
    "a metric over participants: mean, SD, 95 % intervals, worst participant",
    text("model", "metric"),
    whole("participants", "missing"),
    real("mean?", "sd?"),
    text("sd_over"),
    # Networks whose probabilities are averaged; SD over them of the mean, and what that makes of the averaged model's.
    whole("members"),
    real("sd_members?", "sd_seeds?"),
    real("t_low?", "t_high?", "bootstrap_low?", "bootstrap_high?", "worst?"),
    text("worst_participant?"),
    truth("synthetic"),
)

MEMBER_SCORES = table(
    "scores of members",
    "a held-out participant and a network of the fold, scored alone; a model that is no ensemble has member 0",
    text("model", "participant", "fold"),
    whole("member"),
    real("accuracy", "balanced_accuracy", "macro_f1"),
    truth("synthetic"),
)

CONFUSION = table(
    "confusion",
    "a true and a predicted class, pooled (participant empty) and per participant",
    text("model", "participant", "true", "predicted"),
    whole("windows"),
    truth("synthetic"),
)

COMPARISON = table(
    "comparison of models",
    "a pair of models and a metric: paired permutation test over participants",
    text("model_a", "model_b", "metric"),
    whole("participants", "missing"),
    real("mean_difference?", "sd_difference?"),
    text("sd_over"),
    real("bootstrap_low?", "bootstrap_high?", "p?"),
    whole("permutations"),
    truth("exact", "synthetic"),
)

COHORT_EYES = table(
    "cohort eyes",
    "a labelled calibration frame of use, in the order of the cohort's image store; a row group a participant",
    text("participant", "session", "recording"),
    whole32("event"),
    whole("frame"),
    real("time_s?"),
    text("label"),
    # Row in the image store, row in the store of mean neutral images or -1.
    whole("row"),
    whole32("neutral"),
    truth("has_left", "has_right"),
    text("left_image?", "right_image?"),
    # Not where another person has an image of it, too: it trains then and is not scored.
    truth("scored"),
)

EYE_PREDICTIONS = table(
    "held-out predictions of eye frames",
    "a labelled frame, predicted by the fold that never saw its participant",
    text("participant", "fold", "session", "recording"),
    whole32("event"),
    whole("frame"),
    # Time of the frame on the recording's clock; missing where the index gives none.
    real("start_s?"),
    text("label", "left_image?", "right_image?"),
    patterns=((r"p_[a-z][a-z0-9_]*", pa.float32()),),
)

BLINKS = table(
    "blinks of a fold",
    "a frame of the cohort's eye table that the fold leaves out as a blink",
    text("fold", "participant"),
    whole("row"),
    text("label"),
    real("p_closed"),
    truth("synthetic"),
)

CLASS_SCORES = table(
    "scores of classes",
    "a class: precision, recall, F1, support, pooled (participant empty) and per participant",
    text("model", "participant", "label"),
    real("precision?", "recall?", "f1?"),
    whole("support"),
    truth("synthetic"),
)

PERSONALISATION_EFFECT = table(
    "effect of personalisation",
    "a model: what personalisation adds on identical frames, paired t-test as in the paper, permutation",
    text("personalised", "plain"),
    # "participants", or "participant-session-condition" as in the paper.
    text("unit"),
    whole("frames", "units"),
    real(
        "accuracy_personalised", "sd_personalised?", "accuracy_plain", "sd_plain?", "mean_difference", "sd_difference?"
    ),
    # Paired one-tailed t-test (personalised better), and our paired permutation over participants, one-tailed too.
    real("t?", "df?", "p_t?", "p_permutation?"),
    whole("permutations"),
    truth("exact", "synthetic"),
)

MODALITIES = table(
    "modalities on the same windows",
    "a model (EMG, eyes, fusion) and held-out participant, on the windows that all of them predict",
    text("model", "participant"),
    whole("windows", "classes"),
    real("accuracy", "balanced_accuracy", "macro_f1", "roc_auc?", "brier", "ece"),
    truth("synthetic"),
)

RATERS = table(
    "agreement with human raters",
    "a pair of raters or models: Cohen's kappa over the images that both labelled (with a table of ratings)",
    text("rater_a", "rater_b"),
    whole("images"),
    real("agreement", "kappa?"),
    # Over images, resampled by participant.
    real("bootstrap_low?", "bootstrap_high?"),
    # Accuracy of each against the index's label, where images have one.
    real("accuracy_a?", "accuracy_b?"),
    truth("synthetic"),
)

LEARNING_CURVE = table(
    "learning curve",
    "a number of training people and a held-out participant (with `learn.learning_curve.people`)",
    text("model"),
    whole("people"),
    text("participant", "fold"),
    whole("frames"),
    text("training_people"),
    real("accuracy", "balanced_accuracy", "macro_f1"),
    truth("synthetic"),
)
