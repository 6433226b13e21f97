# Requires: a BIDS dataset (recordings.dataset) with its EMG, events and ratings; or a table of features; or ratings
# alone.
# Makes: per participant, recordings and events; a sheet of the cohort, what was left out and why, NASA-TLX ratings
# (results/recordings); from a table of features, results/emg/features.
RECORDINGS, EVENTS = (f"results/recordings/{table}/{{participant}}.parquet" for table in ("participants", "events"))
COHORT_LIMITS = {
    "classes": config["recordings"]["classes"],
    "bad_channels": config["recordings"]["bad_channels"],
    "max_rate_difference": config["recordings"]["max_rate_difference"],
    "shortest_event_s": sum(config["emg"]["windows"][name] for name in ("length_s", "trim_start_s", "trim_end_s")),
}


if RUN.has_emg:

    # First of all: a recording at fault stops the run before anything is computed from the others.
    rule describe_participant:
        input:
            seen=seen("describe_participant"),
        output:
            recordings=RECORDINGS,
            events=EVENTS,
        priority: 100
        resources:
            mem_mb=memory(600, raw=2),
        params:
            raw=lambda wildcards: RawFiles(RUN.selection.raw_files[wildcards.participant], RUN.dataset),
            calibration_tasks=config["recordings"]["calibration_tasks"],
            classes=config["recordings"]["classes"],
            neutral=config["recordings"]["neutral"],
            scene_events=config["recordings"]["scene_events"],
            ignore_events=config["recordings"]["ignore_events"],
            channels=config["recordings"]["channels"],
            synthetic=RUN.synthetic,
        script:
            "../workflow_scripts/describe_participant.py"


rule check_cohort:
    input:
        # Eye images have checks and a sheet of their own in the stage eyes.
        recordings=expand(RECORDINGS, participant=RUN.participants if RUN.has_emg else []),
        events=expand(EVENTS, participant=RUN.described),
    output:
        sheet="results/recordings/sheet.parquet",
        sheet_csv="results/recordings/sheet.csv",
        notes="results/recordings/cohort_notes.csv",
    priority: 100
    params:
        **COHORT_LIMITS,
    script:
        "../workflow_scripts/check_cohort.py"


# Of those who train, alone: what the folds are built on, so that somebody who is only predicted trains nothing again.
rule check_training:
    input:
        recordings=expand(RECORDINGS, participant=RUN.training if RUN.has_emg else []),
        events=expand(EVENTS, participant=RUN.training if RUN.has_emg else []),
    output:
        sheet="results/recordings/training.parquet",
    priority: 100
    params:
        **COHORT_LIMITS,
    script:
        "../workflow_scripts/check_training.py"


# Apart from the sheet, on which models are built: what ratings are like must not train anything again.
rule list_exclusions:
    input:
        notes=[
            "results/recordings/cohort_notes.csv",
            *(["results/recordings/rating_notes.csv"] if RUN.reads_ratings else []),
        ],
    output:
        exclusions="results/recordings/exclusions.csv",
        participants="results/recordings/participants.csv",
    params:
        exclusions=RUN.exclusions,
        participants=RUN.people,
        synthetic=RUN.synthetic,
    script:
        "../workflow_scripts/list_exclusions.py"


rule read_ratings:
    input:
        seen=seen("read_ratings"),
        recordings=expand(RECORDINGS, participant=RUN.described),
        events=expand(EVENTS, participant=RUN.described),
    output:
        ratings="results/recordings/ratings.parquet",
        csv="results/recordings/ratings.csv",
        notes="results/recordings/rating_notes.csv",
    priority: 100
    params:
        raw=lambda wildcards: RawFiles(RUN.selection.rating_files, RUN.dataset),
        source=config["recordings"]["ratings"]["source"],
        performance=config["recordings"]["ratings"]["performance"],
        missing=config["recordings"]["ratings"]["missing"],
        participants=RUN.participants,
        synthetic=RUN.synthetic,
    script:
        "../workflow_scripts/read_ratings.py"


if RUN.input == "features":

    # One job for everybody: a job a person would read the whole table once a person.
    rule read_feature_table:
        input:
            seen=seen("read_feature_table"),
        output:
            features=expand("results/emg/features/{participant}.parquet", participant=RUN.participants),
        priority: 100
        resources:
            mem_mb=memory(700, raw=10),
        params:
            raw=lambda wildcards: RawFiles([config["recordings"]["feature_table"]]),
            classes=config["recordings"]["classes"],
            participants=RUN.participants,
        script:
            "../workflow_scripts/read_feature_table.py"
