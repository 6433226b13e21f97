"""The page."""

from myoscene.core.settings import Key

KEYS = [
    Key(
        "report.show_eyes",
        False,
        "boolean",
        "Show parts of faces: mean neutral images, example frames, and what personalisation removes. Eye images "
        "identify people, so the page then must not be passed on as anonymous.",
        "our choice",
    ),
    Key("report.title", "Facial expression and workload", "string", "Title at the top of the page.", "our choice"),
    Key(
        "report.heatmap_features",
        70,
        "integer",
        "Most expression features in the heat map of associations; those with the smallest p stay.",
        "our choice",
        minimum=1,
    ),
    Key(
        "report.timeline_participants",
        4,
        "integer",
        "Most participants whose timelines are drawn.",
        "our choice",
        minimum=1,
    ),
    Key(
        "report.top_associations",
        20,
        "integer",
        "Most associations in the forest plot.",
        "our choice",
        minimum=1,
    ),
]
