"""The stage `recordings`: a dataset, a table of features or ratings -> who takes part, recordings, events, ratings."""

from myoscene.core.stage import Stage, Table

DESCRIBED = {"participant": "described"}

STAGE = Stage(
    name="recordings",
    after=(),
    when=True,
    groups={
        "prepare": ("describe_participant",),
        "cohort": ("check_cohort", "check_training", "read_ratings", "read_feature_table", "list_exclusions"),
    },
    tables=(
        Table("recordings/participants/{participant}.parquet", schema="PARTICIPANT_RECORDINGS", over=DESCRIBED),
        Table(
            "recordings/events/{participant}.parquet",
            schema="EVENTS",
            over=DESCRIBED,
            page="events",
            drawn=True,
            page_when="scene_models",
        ),
        Table("recordings/sheet.parquet", schema="SHEET", page="sheet", page_when="has_emg"),
        Table("recordings/sheet.csv", schema="SHEET", read=True),
        Table("recordings/training.parquet", schema="SHEET", when="models"),
        Table("recordings/cohort_notes.csv", schema="EXCLUSIONS"),
        Table("recordings/exclusions.csv", schema="EXCLUSIONS", read=True, page="exclusions"),
        Table("recordings/participants.csv", schema="PARTICIPANTS", read=True, page="participants"),
        Table("recordings/ratings.parquet", schema="RATINGS", when="reads_ratings"),
        Table("recordings/ratings.csv", schema="RATINGS", when="reads_ratings", read=True),
        Table("recordings/rating_notes.csv", schema="EXCLUSIONS", when="reads_ratings"),
    ),
)
