"""Tables of the `scenes` stage: continuous predictions, expression features, their dictionary, and scores."""

import pyarrow as pa

from myoscene.core.tables import Schema

PREDICTIONS = Schema(
    name="predictions",
    grain="window of a scene, one every hop: raw and smoothed class probabilities and the state",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "scene": pa.string(),
        "recording": pa.string(),
        "segment": pa.int32(),
        # Contiguous windows of one scene: smoothing, bouts and switches end at its edges.
        "stretch": pa.int32(),
        "start_s": pa.float64(),
        "time_s": pa.float64(),
        "expression": pa.string(),
    },
    patterns=((r"(p|smooth)_[a-z][a-z0-9_]*", pa.float32()),),
)

EXPRESSION_FEATURES = Schema(
    name="expression_features",
    grain="participant x session x scene x feature; an undefined value is missing, never 0",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "scene": pa.string(),
        "feature": pa.string(),
        "value": pa.float64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"value"}),
)

FEATURE_DICTIONARY = Schema(
    name="feature_dictionary",
    grain="expression feature: what it is, in which unit, between which (inclusive) bounds",
    columns={
        "feature": pa.string(),
        "kind": pa.string(),
        "needs": pa.string(),
        "definition": pa.string(),
        "unit": pa.string(),
        "minimum": pa.float64(),
        "maximum": pa.float64(),
    },
    nullable=frozenset({"minimum", "maximum"}),
)

SCENE_SCORES = Schema(
    name="scene_scores",
    grain="model x participant: predictions over scenes against the expression events inside them",
    columns={
        "model": pa.string(),
        "participant": pa.string(),
        "windows": pa.int64(),
        "classes": pa.int32(),
        "balanced_accuracy": pa.float64(),
        "balanced_accuracy_raw": pa.float64(),
        "macro_f1": pa.float64(),
        "uncertain_share": pa.float64(),
        "synthetic": pa.bool_(),
    },
)
