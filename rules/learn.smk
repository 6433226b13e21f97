# Requires: every participant's features (results/emg/features), signals, normalisers, and events of the calibration.
# Makes: the folds, one cohort table of features and one of signals, a checkpoint per model and fold, evaluation
# tables per model, and the comparison of models (results/learn).


# The sheet is written only where everybody's recordings agree: nothing is trained on a cohort at fault.
rule make_folds:
    input:
        sheet="results/recordings/sheet.parquet",
        code=code("make_folds"),
    output:
        folds="results/learn/folds.csv",
    log:
        "results/logs/make_folds.log",
    benchmark:
        "results/benchmarks/make_folds.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        participants=PARTICIPANTS,
        complete=EYE_PARTICIPANTS if EYE_MODELS else PARTICIPANTS,
        folds=config["learn"]["folds"],
        seed=config["learn"]["seed"],
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/make_folds.py"


rule collect_features:
    input:
        features=expand(
            "results/emg/features/{participant}.parquet", participant=PARTICIPANTS
        ),
        code=code("collect_features"),
    output:
        cohort="results/learn/cohort/features.parquet",
    log:
        "results/logs/collect_features.log",
    benchmark:
        "results/benchmarks/collect_features.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600, inputs=2),
        runtime=minutes(10),
    params:
        classes=config["recordings"]["classes"],
    script:
        "../workflow_scripts/collect_features.py"


if INPUT == "emg":

    rule collect_signals:
        input:
            recordings=expand(
                "results/recordings/participants/{participant}.parquet",
                participant=PARTICIPANTS,
            ),
            events=expand(
                "results/recordings/events/{participant}.parquet",
                participant=PARTICIPANTS,
            ),
            signals=expand(
                "results/emg/signals/{participant}.parquet", participant=PARTICIPANTS
            ),
            normalisers=expand(
                "results/emg/normalisers/{participant}.json", participant=PARTICIPANTS
            ),
            code=code("collect_signals"),
        output:
            cohort="results/learn/cohort/signals.parquet",
        log:
            "results/logs/collect_signals.log",
        benchmark:
            "results/benchmarks/collect_signals.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(700, inputs=1),
            runtime=minutes(20),
        params:
            participants=PARTICIPANTS,
            classes=config["recordings"]["classes"],
            rate_hz=config["emg"]["rate_hz"],
            length_s=config["emg"]["windows"]["length_s"],
            trim_start_s=config["emg"]["windows"]["trim_start_s"],
            trim_end_s=config["emg"]["windows"]["trim_end_s"],
        script:
            "../workflow_scripts/collect_signals.py"


rule train_classical:
    input:
        cohort="results/learn/cohort/features.parquet",
        folds="results/learn/folds.csv",
        code=code("train_classical"),
    output:
        checkpoint="results/learn/{model}/{fold}.safetensors",
        card="results/learn/{model}/{fold}.json",
    log:
        "results/logs/train_classical/{model}/{fold}.log",
    benchmark:
        "results/benchmarks/train_classical/{model}/{fold}.tsv"
    wildcard_constraints:
        model="lda|knn|boosted_trees",
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(700, inputs=20),
        runtime=minutes(10, person=1),
    params:
        classes=config["recordings"]["classes"],
        about=lambda wildcards: about(wildcards.model),
    script:
        "../workflow_scripts/train_classical.py"


rule train_network:
    input:
        cohort="results/learn/cohort/signals.parquet",
        folds="results/learn/folds.csv",
        code=code("train_network"),
    output:
        checkpoint="results/learn/{model}/{fold}.safetensors",
        card="results/learn/{model}/{fold}.json",
    log:
        "results/logs/train_network/{model}/{fold}.log",
    benchmark:
        "results/benchmarks/train_network/{model}/{fold}.tsv"
    wildcard_constraints:
        model="cnn_tcn",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=memory(900, inputs=15),
        runtime=minutes(20, person=2),
        # Resources and not params: how often the state is kept changes no result and must rerun nothing.
        resume_every_epochs=config["execution"]["resume_every_epochs"],
        log_every_epochs=config["execution"]["log_every_epochs"],
    params:
        classes=config["recordings"]["classes"],
        about=lambda wildcards: about(wildcards.model),
        # No output: it has to outlive a killed job, whose outputs Snakemake deletes.
        resume="results/learn/resume/{model}/{fold}.safetensors",
    script:
        "../workflow_scripts/train_network.py"


rule evaluate_model:
    input:
        unpack(lambda wildcards: cohort_inputs(wildcards.model)),
        checkpoints=expand("results/learn/{{model}}/{fold}.safetensors", fold=FOLDS),
        cards=expand("results/learn/{{model}}/{fold}.json", fold=FOLDS),
        folds="results/learn/folds.csv",
        code=code("evaluate_model"),
    output:
        predictions="results/learn/{model}/predictions.parquet",
        participants="results/learn/{model}/participants.csv",
        summary="results/learn/{model}/summary.csv",
        confusion="results/learn/{model}/confusion.csv",
        classes_of="results/learn/{model}/classes.csv",
    log:
        "results/logs/evaluate_model/{model}.log",
    benchmark:
        "results/benchmarks/evaluate_model/{model}.tsv"
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=memory(1000, inputs=15),
        runtime=minutes(20, person=1),
    params:
        n_eyes=N_EYES,
        bins=config["learn"]["evaluation"]["calibration_bins"],
        bootstrap=config["learn"]["evaluation"]["bootstrap"],
        seed=config["learn"]["seed"],
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/evaluate_model.py"


rule compare_models:
    input:
        scores=expand("results/learn/{model}/participants.csv", model=MODELS),
        code=code("compare_models"),
    output:
        comparison="results/learn/comparison.csv",
    log:
        "results/logs/compare_models.log",
    benchmark:
        "results/benchmarks/compare_models.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        permutations=config["learn"]["evaluation"]["permutations"],
        bootstrap=config["learn"]["evaluation"]["bootstrap"],
        seed=config["learn"]["seed"],
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/compare_models.py"
