"""Continuous predictions over scenes and the expression features made from them."""

from myoscene.core.settings import Key

KEYS = [
    Key(
        "scenes.models",
        None,
        "strings",
        "Models that run over the scenes; the first one makes the expression features. Have to be among "
        "`learn.models`. `null`: `cnn_tcn`, `eye_cnn` and `fusion_late`, as far as they are trained; with input "
        "`eyes`, `eye_cnn` or else `eye_cnn_plain`, where `recordings.scene_tasks` names any. Empty: envelope features "
        "only.",
        "Meybodi et al. 2026 (cnn_tcn)",
        choices=(
            "lda",
            "knn",
            "boosted_trees",
            "cnn_tcn",
            "eye_cnn",
            "eye_cnn_plain",
            "eye_inception",
            "eye_inception_plain",
            "fusion_late",
            "fusion_joint",
        ),
        nullable=True,
    ),
    Key(
        "scenes.smoothing_s",
        0.3,
        "number",
        "Time constant of the exponential smoothing of probabilities.",
        "Hickson et al. 2019 (that they smooth); the constant is our choice",
        minimum=0,
    ),
    Key(
        "scenes.minimum_dwell_s",
        0.2,
        "number",
        "A class has to last this long to become the state.",
        "our choice",
        minimum=0,
    ),
    Key(
        "scenes.probability_floor",
        0.5,
        "number",
        "Below this smoothed probability the state is `uncertain`.",
        "our choice",
        minimum=0,
        maximum=1,
    ),
]
