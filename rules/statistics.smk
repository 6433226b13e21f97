# Statistics: do expression features differ between scenes, and do they go with NASA-TLX ratings?
#
# requires  results/scenes/expression_features.parquet, and with ratings results/recordings/ratings.parquet
# makes     results/statistics/scene_effects.csv, scene_pairs.csv, scene_families.csv; with ratings
#           tlx_associations.csv, families.csv and simulation.csv; with a synthetic dataset null_check.csv
# What a null cohort goes through: a change of anything else does not rerun it.
EMG_OF_NULL_COHORTS = ["envelope_rate_hz", "features", "filters", "normalise", "rate_hz", "windows"]
SCENES_OF_NULL_COHORTS = ["minimum_dwell_s", "probability_floor", "smoothing_s"]


wildcard_constraints:
    seeds=r"\d+-\d+",


rule scene_effects:
    input:
        features="results/scenes/expression_features.parquet",
    output:
        effects="results/statistics/scene_effects.csv",
        pairs="results/statistics/scene_pairs.csv",
        families="results/statistics/scene_families.csv",
    resources:
        mem_mb=memory(700),
        runtime=minutes(30),
    params:
        alpha=config["statistics"]["alpha"],
        applied=RUN.applied,
    script:
        "../workflow_scripts/scene_effects.py"


if RUN.has_ratings:

    rule tlx_associations:
        input:
            features="results/scenes/expression_features.parquet",
            ratings="results/recordings/ratings.parquet",
        output:
            associations="results/statistics/tlx_associations.csv",
            families="results/statistics/families.csv",
        resources:
            mem_mb=memory(900),
            runtime=minutes(30),
        params:
            alpha=config["statistics"]["alpha"],
            bootstrap_samples=config["statistics"]["bootstrap"],
            family=config["statistics"]["family"],
            permutations=config["statistics"]["permutations"],
            seed=config["statistics"]["seed"],
            subscales=config["statistics"]["subscales"],
            applied=RUN.applied,
        script:
            "../workflow_scripts/tlx_associations.py"


if RUN.has_simulation:

    rule simulate_estimators:
        output:
            "results/statistics/simulation.csv",
        resources:
            runtime=minutes(30),
        params:
            alpha=config["statistics"]["alpha"],
            repeats=config["statistics"]["simulation"]["repeats"],
            seed=config["statistics"]["seed"],
        script:
            "../workflow_scripts/simulate_estimators.py"


if RUN.null_batches:

    rule null_cohort:
        output:
            "results/statistics/null_cohorts/{seeds}.csv",
        resources:
            mem_mb=memory(800),
            runtime=minutes(20),
        params:
            alpha=config["statistics"]["alpha"],
            emg={name: config["emg"][name] for name in EMG_OF_NULL_COHORTS},
            lda=config["learn"]["lda"],
            permutations=config["statistics"]["null_check"]["permutations"],
            scene_s=config["statistics"]["null_check"]["scene_s"],
            scenes={name: config["scenes"][name] for name in SCENES_OF_NULL_COHORTS},
            subscales=config["statistics"]["subscales"],
        script:
            "../workflow_scripts/null_cohort.py"

    rule null_check:
        input:
            cohorts=expand("results/statistics/null_cohorts/{seeds}.csv", seeds=RUN.null_batches),
        output:
            "results/statistics/null_check.csv",
        script:
            "../workflow_scripts/null_check.py"
