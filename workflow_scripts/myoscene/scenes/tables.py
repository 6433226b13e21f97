"""Tables of the `scenes` stage: continuous predictions, expression features, their dictionary, and scores."""

import pyarrow as pa

from myoscene.core.tables import real, table, text, truth, whole, whole32

PREDICTIONS = table(
    "predictions",
    "a hop: raw and smoothed probabilities, the state",
    text("participant", "session", "scene", "recording"),
    whole32("segment"),
    # Contiguous windows of one scene: smoothing, bouts and switches end at its edges.
    whole32("stretch"),
    real("start_s", "time_s"),
    text("expression"),
    patterns=((r"(p|smooth)_[a-z][a-z0-9_]*", pa.float32()),),
)

EXPRESSION_FEATURES = table(
    "expression_features",
    "a participant, session, scene and feature; an undefined value is missing, never 0",
    text("participant", "session", "scene", "feature"),
    real("value?"),
    truth("synthetic"),
)

FEATURE_DICTIONARY = table(
    "feature_dictionary",
    "a feature: definition, unit, inclusive range",
    text("feature", "kind", "needs", "definition", "unit"),
    real("minimum?", "maximum?"),
)

SCENE_SCORES = table(
    "scene_scores",
    "a model and participant: predictions against labels, where scene recordings carry any",
    text("model", "participant"),
    whole("windows"),
    whole32("classes"),
    real("balanced_accuracy", "balanced_accuracy_raw", "macro_f1", "uncertain_share"),
    truth("synthetic"),
)
