"""Which recordings, what their tasks and events mean, and where the ratings are."""

from myoscene.core.settings import Key

KEYS = [
    Key(
        "recordings.input",
        "emg",
        "string",
        "What the dataset holds: raw EMG, with or without eye images (`emg`); eye images alone (`eyes`); a table "
        "of ready features with labels (`features`); or ratings alone (`ratings`).",
        "our choice",
        choices=("emg", "eyes", "features", "ratings"),
    ),
    Key(
        "recordings.dataset",
        "demo_cohort",
        "path",
        "Folder of the BIDS dataset, relative to the working directory.",
        "BIDS 1.11",
    ),
    Key(
        "recordings.feature_table",
        None,
        "path",
        "With input `features`: a CSV with the columns `participant`, `label` and one numeric column a "
        "feature, relative to the working directory. `null` with the other inputs.",
        "our choice",
        nullable=True,
    ),
    Key(
        "recordings.classes",
        ["neutral", "smile", "frown", "brow_raise"],
        "strings",
        "Expression classes: the `trial_type` values of calibration events, in the order of every table.",
        "Meybodi et al. 2026 (the four expressions)",
    ),
    Key(
        "recordings.neutral",
        "neutral",
        "string",
        "The class that is rest. `null` where the recordings have none (then no `neutral_max` normaliser).",
        "Meybodi et al. 2026",
        nullable=True,
    ),
    Key(
        "recordings.calibration_tasks",
        ["calibration"],
        "strings",
        "BIDS task names of labelled calibration recordings. Empty: nobody has a calibration.",
        "our choice",
    ),
    Key(
        "recordings.scene_tasks",
        [],
        "strings",
        "BIDS task names of scene recordings. Empty: every task that is not a calibration; with input `eyes`, none.",
        "our choice",
    ),
    Key(
        "recordings.scene_events",
        [],
        "strings",
        "`trial_type` values that are scenes, where one recording holds several. Empty: a scene recording is "
        "one scene, named like its task.",
        "our choice",
    ),
    Key(
        "recordings.ignore_events",
        [],
        "strings",
        "`trial_type` values to leave aside. Any other unknown one is an error.",
        "our choice",
    ),
    Key(
        "recordings.channels",
        [],
        "strings",
        "EMG channels to use, in this order. Empty: all, by name, and they have to be the same in everybody.",
        "our choice",
    ),
    Key(
        "recordings.bad_channels",
        "error",
        "string",
        "A channel that `channels.tsv` marks `bad`: stop (`error`), or use it and say so (`keep`).",
        "our choice",
        choices=("error", "keep"),
    ),
    Key(
        "recordings.max_rate_difference",
        0.01,
        "number",
        "Largest relative difference between two recordings' sampling rates; more stops the run. 1 allows "
        "any, as everything is resampled to `emg.rate_hz`.",
        "our choice",
        minimum=0,
        maximum=1,
    ),
    Key(
        "recordings.exclude_participants",
        [],
        "strings",
        "Participants to leave out, without `sub-`. They are listed in the report.",
        "our choice",
    ),
    Key(
        "recordings.role_column",
        "role",
        "string",
        "Column of `participants.tsv` that says who trains the models (`train`, or `n/a`, or no such column) and who "
        "is only predicted, by frozen models (`apply`). `null`: everybody trains, whatever the table says.",
        "our choice",
        nullable=True,
    ),
    Key(
        "recordings.missing_calibration",
        "error",
        "string",
        "A person without a calibration recording: stop (`error`), or leave the person out and say so (`exclude`).",
        "our choice",
        choices=("error", "exclude"),
    ),
    Key(
        "recordings.ratings.source",
        "beh",
        "string",
        "Where NASA-TLX ratings are: `beh` (sub-*/beh/*_beh.tsv; the scene is the task or a column `scene`), "
        "`phenotype` (one wide row a person, columns `<scene>_<subscale>`), `csv` (one long table with the "
        "columns participant, scene and the six subscales), or `none`.",
        "BIDS 1.11",
        choices=("beh", "phenotype", "csv", "none"),
    ),
    Key(
        "recordings.ratings.file",
        None,
        "path",
        "The rating table for `csv` and `phenotype`, relative to the dataset. `null`: phenotype/nasa_tlx.tsv "
        "or ratings.csv.",
        "our choice",
        nullable=True,
    ),
    Key(
        "recordings.ratings.performance",
        "good_to_poor",
        "string",
        "Direction of the performance scale as rated. `poor_to_good` is turned round, so that high always "
        "means poor, as in NASA-TLX.",
        "Hart & Staveland 1988",
        choices=("good_to_poor", "poor_to_good"),
    ),
    Key(
        "recordings.ratings.missing",
        "error",
        "string",
        "A person or scene without ratings: stop (`error`), or leave it out of the associations and say so (`allow`).",
        "our choice",
        choices=("error", "allow"),
    ),
]
