"""The stage `scenes`: checkpoints and scene recordings -> continuous predictions, expression features."""

from myoscene.core.stage import Figure, Stage, Table

STAGE = Stage(
    name="scenes",
    after=("recordings", "emg", "eyes", "learn"),
    when="has_scene_features",
    groups={"predict": ("predict_scenes",), "finish": ("expression_features", "score_scenes")},
    tables=(
        Table(
            "scenes/predictions/{model}/{participant}.parquet",
            schema="PREDICTIONS",
            over={"model": "scene_models"},
            read=True,
            page="scene_predictions",
            drawn=True,
            page_over={"model": "first_scene_model"},
        ),
        Table("scenes/scores.csv", schema="SCENE_SCORES", when="scene_models", read=True, page="scores"),
        Table(
            "scenes/expression_features.parquet",
            schema="EXPRESSION_FEATURES",
            page="expression_features",
            drawn="scene_models",
        ),
        Table("scenes/expression_features.csv", schema="EXPRESSION_FEATURES", read=True),
        Table("scenes/feature_dictionary.csv", schema="FEATURE_DICTIONARY", read=True, page="dictionary"),
    ),
    figures=(Figure("timelines", "Scenes", when="scene_models"), Figure("occupancy", "Scenes", when="scene_models")),
)
