# Requires: a BIDS dataset (recordings.dataset) with its EMG, events and ratings; or a table of features; or ratings
# alone.
# Makes: per participant, recordings and events; a sheet of the cohort, what was left out and why, NASA-TLX ratings
# (results/recordings); from a table of features, results/emg/features.
RATED = INPUT != "features" and config["recordings"]["ratings"]["source"] != "none"
DESCRIBED = {
    table: expand(
        "results/recordings/{table}/{participant}.parquet",
        table=table,
        participant=PARTICIPANTS,
    )
    for table in (["participants", "events"] if HAS_SCENE_FEATURES else [])
}
# Channels, rates and classes are those of EMG; eye images have checks and a sheet of their own in the stage eyes.
EMG_DESCRIBED = DESCRIBED.get("participants", []) if INPUT == "emg" else []
COHORT_LIMITS = {
    "classes": config["recordings"]["classes"],
    "bad_channels": config["recordings"]["bad_channels"],
    "max_rate_difference": config["recordings"]["max_rate_difference"],
    "shortest_event_s": sum(config["emg"]["windows"][name] for name in ("length_s", "trim_start_s", "trim_end_s")),
}


if INPUT == "emg":

    # First of all: a recording at fault stops the run before anything is computed from the others.
    rule describe_participant:
        input:
            seen=seen("describe_participant"),
        output:
            recordings="results/recordings/participants/{participant}.parquet",
            events="results/recordings/events/{participant}.parquet",
        log:
            "results/logs/describe_participant/{participant}.log",
        benchmark:
            "results/benchmarks/describe_participant/{participant}.tsv"
        priority: 100
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(600, raw=2),
            runtime=minutes(10),
        params:
            *code("describe_participant"),
            raw=lambda wildcards: RawFiles(SELECTION.raw_files[wildcards.participant]),
            calibration_tasks=config["recordings"]["calibration_tasks"],
            classes=config["recordings"]["classes"],
            neutral=config["recordings"]["neutral"],
            scene_events=config["recordings"]["scene_events"],
            ignore_events=config["recordings"]["ignore_events"],
            channels=config["recordings"]["channels"],
            synthetic=SYNTHETIC,
        script:
            "../workflow_scripts/describe_participant.py"


rule check_cohort:
    input:
        recordings=EMG_DESCRIBED,
        events=DESCRIBED.get("events", []),
    output:
        sheet="results/recordings/sheet.parquet",
        sheet_csv="results/recordings/sheet.csv",
        notes="results/recordings/cohort_notes.csv",
    log:
        "results/logs/check_cohort.log",
    benchmark:
        "results/benchmarks/check_cohort.tsv"
    priority: 100
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        *code("check_cohort"),
        **COHORT_LIMITS,
    script:
        "../workflow_scripts/check_cohort.py"


# Of those who train, alone: what the folds are built on, so that somebody who is only predicted trains nothing again.
rule check_training:
    input:
        recordings=[f"results/recordings/participants/{name}.parquet" for name in (TRAINING if INPUT == "emg" else [])],
        events=[f"results/recordings/events/{name}.parquet" for name in (TRAINING if INPUT == "emg" else [])],
    output:
        sheet="results/recordings/training.parquet",
    log:
        "results/logs/check_training.log",
    benchmark:
        "results/benchmarks/check_training.tsv"
    priority: 100
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        *code("check_training"),
        **COHORT_LIMITS,
    script:
        "../workflow_scripts/check_training.py"


# Apart from the sheet, on which models are built: what ratings are like must not train anything again.
rule list_exclusions:
    input:
        notes=["results/recordings/cohort_notes.csv"] + (["results/recordings/rating_notes.csv"] if RATED else []),
    output:
        exclusions="results/recordings/exclusions.csv",
        participants="results/recordings/participants.csv",
    log:
        "results/logs/list_exclusions.log",
    benchmark:
        "results/benchmarks/list_exclusions.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        *code("list_exclusions"),
        exclusions=EXCLUSIONS,
        participants=[[name, role_of(name), predicted_by(name), name in WITH_EYES] for name in PARTICIPANTS],
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/list_exclusions.py"


rule read_ratings:
    input:
        seen=seen("read_ratings"),
        recordings=DESCRIBED.get("participants", []),
        events=DESCRIBED.get("events", []),
    output:
        ratings="results/recordings/ratings.parquet",
        csv="results/recordings/ratings.csv",
        notes="results/recordings/rating_notes.csv",
    log:
        "results/logs/read_ratings.log",
    benchmark:
        "results/benchmarks/read_ratings.tsv"
    priority: 100
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        *code("read_ratings"),
        raw=lambda wildcards: RawFiles(SELECTION.rating_files),
        source=config["recordings"]["ratings"]["source"],
        performance=config["recordings"]["ratings"]["performance"],
        missing=config["recordings"]["ratings"]["missing"],
        participants=PARTICIPANTS,
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/read_ratings.py"


if INPUT == "features":

    # One job for everybody: a job a person would read the whole table once a person.
    rule read_feature_table:
        input:
            seen=seen("read_feature_table"),
        output:
            features=expand("results/emg/features/{participant}.parquet", participant=PARTICIPANTS),
        log:
            "results/logs/read_feature_table.log",
        benchmark:
            "results/benchmarks/read_feature_table.tsv"
        priority: 100
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(700, raw=10),
            runtime=minutes(10),
        params:
            *code("read_feature_table"),
            raw=lambda wildcards: RawFiles([config["recordings"]["feature_table"]]),
            classes=config["recordings"]["classes"],
            participants=PARTICIPANTS,
        script:
            "../workflow_scripts/read_feature_table.py"
