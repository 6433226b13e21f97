"""The stage `emg`: recordings -> conditioned signals, their quality, each person's normaliser, features of windows."""

from myoscene.core.stage import Figure, Stage, Table

STAGE = Stage(
    name="emg",
    after=("recordings",),
    when="has_windows",
    groups={
        "prepare": ("assess_quality", "condition_emg", "extract_features"),
        "cohort": ("merge_quality",),
    },
    tables=(
        Table("emg/quality/{participant}.parquet", schema="QUALITY", when="has_emg"),
        Table("emg/quality.parquet", schema="QUALITY", when="has_emg", page="quality", drawn=True),
        Table("emg/quality.csv", schema="QUALITY", when="has_emg", read=True),
        Table("emg/signals/{participant}.parquet", schema="SIGNALS", when="has_emg"),
        Table(
            "emg/normalisers/{participant}.json",
            "a person's normaliser: centre and scale of each channel",
            when="has_emg",
            page="normalisers",
        ),
        Table("emg/features/{participant}.parquet", schema="FEATURES", read=True),
        Table("emg/envelopes/{participant}.parquet", schema="ENVELOPES", when="has_emg", read=True),
    ),
    figures=(Figure("quality", "Recordings", when="has_emg"),),
)
