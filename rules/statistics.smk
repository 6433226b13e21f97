# Statistics: do expression features differ between scenes, and do they go with NASA-TLX ratings?
#
# requires  results/scenes/expression_features.parquet, and with ratings results/recordings/ratings.parquet
# makes     results/statistics/scene_effects.csv, scene_pairs.csv, scene_families.csv; with ratings
#           tlx_associations.csv, families.csv and simulation.csv; with a synthetic dataset null_check.csv
# Cohorts of a job, by their seeds: one alone would take as long to start as to compute.
N_NULL_COHORTS = config["statistics"]["null_check"]["cohorts"]
NULL_BATCHES = (
    [f"{first}-{min(first + 4, N_NULL_COHORTS)}" for first in range(1, N_NULL_COHORTS + 1, 5)]
    if SYNTHETIC and HAS_RATINGS and HAS_MODELS and INPUT == "emg"
    else []
)
# What a null cohort goes through: a change of anything else does not rerun it.
EMG_OF_NULL_COHORTS = [
    "envelope_rate_hz",
    "features",
    "filters",
    "normalise",
    "rate_hz",
    "windows",
]
SCENES_OF_NULL_COHORTS = ["minimum_dwell_s", "probability_floor", "smoothing_s"]
HAS_SIMULATION = HAS_RATINGS and config["statistics"]["simulation"]["repeats"] > 0


wildcard_constraints:
    seeds=r"\d+-\d+",


rule scene_effects:
    input:
        features="results/scenes/expression_features.parquet",
    output:
        effects="results/statistics/scene_effects.csv",
        pairs="results/statistics/scene_pairs.csv",
        families="results/statistics/scene_families.csv",
    log:
        "results/logs/scene_effects.log",
    benchmark:
        "results/benchmarks/scene_effects.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(700),
        runtime=minutes(30),
    params:
        *code("scene_effects"),
        alpha=config["statistics"]["alpha"],
        applied=APPLIED,
    script:
        "../workflow_scripts/scene_effects.py"


if HAS_RATINGS:

    rule tlx_associations:
        input:
            features="results/scenes/expression_features.parquet",
            ratings="results/recordings/ratings.parquet",
        output:
            associations="results/statistics/tlx_associations.csv",
            families="results/statistics/families.csv",
        log:
            "results/logs/tlx_associations.log",
        benchmark:
            "results/benchmarks/tlx_associations.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(900),
            runtime=minutes(30),
        params:
            *code("tlx_associations"),
            alpha=config["statistics"]["alpha"],
            bootstrap_samples=config["statistics"]["bootstrap"],
            family=config["statistics"]["family"],
            permutations=config["statistics"]["permutations"],
            seed=config["statistics"]["seed"],
            subscales=config["statistics"]["subscales"],
            applied=APPLIED,
        script:
            "../workflow_scripts/tlx_associations.py"


if HAS_SIMULATION:

    rule simulate_estimators:
        output:
            "results/statistics/simulation.csv",
        log:
            "results/logs/simulate_estimators.log",
        benchmark:
            "results/benchmarks/simulate_estimators.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(600),
            runtime=minutes(30),
        params:
            *code("simulate_estimators"),
            alpha=config["statistics"]["alpha"],
            repeats=config["statistics"]["simulation"]["repeats"],
            seed=config["statistics"]["seed"],
        script:
            "../workflow_scripts/simulate_estimators.py"


if NULL_BATCHES:

    rule null_cohort:
        output:
            "results/statistics/null_cohorts/{seeds}.csv",
        log:
            "results/logs/null_cohort/{seeds}.log",
        benchmark:
            "results/benchmarks/null_cohort/{seeds}.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(800),
            runtime=minutes(20),
        params:
            *code("null_cohort"),
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
            cohorts=expand("results/statistics/null_cohorts/{seeds}.csv", seeds=NULL_BATCHES),
        output:
            "results/statistics/null_check.csv",
        log:
            "results/logs/null_check.log",
        benchmark:
            "results/benchmarks/null_check.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(600),
            runtime=minutes(10),
        params:
            *code("null_check"),
        script:
            "../workflow_scripts/null_check.py"
