"""The stage `eyes`: eye images -> cleaned, personalised frames, and their features."""

from typing import Any

from myoscene.core.stage import Ask, Figure, Stage, Table

_PEOPLE: dict[str, Ask] = {"participant": "eye_participants"}
_SHOWN: dict[str, Any] = {"drawn": True, "page_when": "shows_eyes"}

STAGE = Stage(
    name="eyes",
    after=("recordings", "emg"),
    when="has_eyes",
    groups={
        "prepare": ("prepare_eyes", "describe_eyes"),
        "cohort": ("check_eyes", "exclude_frames"),
        "predict": ("extract_eye_features",),
        "finish": ("list_removed",),
    },
    tables=(
        Table("eyes/frames/{participant}.parquet", schema="FRAMES", over=_PEOPLE, page="eye_frames", **_SHOWN),
        Table(
            "eyes/images/{participant}.npy", "a frame: its images, as bytes", over=_PEOPLE, page="eye_images", **_SHOWN
        ),
        Table(
            "eyes/neutrals/{participant}.npy",
            "a session: its mean neutral image",
            over=_PEOPLE,
            page="eye_neutrals",
            **_SHOWN,
        ),
        Table("eyes/sheet.csv", schema="SHEET", read=True, page="eye_sheet"),
        Table("eyes/personalisation.csv", schema="PERSONALISATION", read=True, page="eye_personalisation", drawn=True),
        Table("eyes/identical.csv", schema="IDENTICAL", read=True, page="eye_identical"),
        Table("eyes/excluded.parquet", schema="REMOVED", when="eye_models"),
        Table("eyes/removed.csv", schema="REMOVED", when="eye_models", read=True, page="eye_removed"),
        Table(
            "eyes/features/{participant}.parquet",
            schema="EYE_FEATURES",
            when="eye_models",
            over=_PEOPLE,
            read=True,
            page="eye_features",
        ),
        Table(
            "eyes/embeddings/{participant}.npy",
            "a frame: its embedding by InceptionV3",
            when="embedded_models",
            over=_PEOPLE,
        ),
    ),
    figures=(
        Figure("eye_neutrals", "Eye images", when="shows_eyes"),
        Figure("eye_examples", "Eye images", when="shows_eyes"),
    ),
)
