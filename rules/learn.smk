# Requires: every participant's features (results/emg/features), signals, normalisers, and events of the calibration.
# Makes: the folds, one cohort table of features and one of signals, a checkpoint per model and fold, evaluation
# tables per model, and the comparison of models (results/learn).


# The sheet is written only where the recordings of those who train agree: nothing is trained on a cohort at fault.
rule make_folds:
    input:
        sheet="results/recordings/training.parquet",
    output:
        folds="results/learn/folds.csv",
    params:
        participants=RUN.training,
        complete=RUN.eye_training if RUN.eye_models else RUN.training,
        folds=config["learn"]["folds"],
        seed=config["learn"]["seed"],
        synthetic=RUN.synthetic,
    script:
        "../workflow_scripts/make_folds.py"


rule collect_features:
    input:
        features=expand("results/emg/features/{participant}.parquet", participant=RUN.training),
    output:
        cohort="results/learn/cohort/features.parquet",
        identity="results/learn/cohort/features.json",
    resources:
        mem_mb=memory(600, inputs=2),
    params:
        classes=config["recordings"]["classes"],
        called=RUN.called(RUN.training),
    script:
        "../workflow_scripts/collect_features.py"


if RUN.has_emg:

    rule collect_signals:
        input:
            recordings=expand("results/recordings/participants/{participant}.parquet", participant=RUN.training),
            events=expand("results/recordings/events/{participant}.parquet", participant=RUN.training),
            signals=expand("results/emg/signals/{participant}.parquet", participant=RUN.training),
            normalisers=expand("results/emg/normalisers/{participant}.json", participant=RUN.training),
        output:
            cohort="results/learn/cohort/signals.parquet",
            identity="results/learn/cohort/signals.json",
        resources:
            mem_mb=memory(700, inputs=1),
            runtime=minutes(20),
        params:
            **{name: config["emg"]["windows"][name] for name in ("length_s", "trim_start_s", "trim_end_s")},
            called=RUN.called(RUN.training),
            classes=config["recordings"]["classes"],
            rate_hz=config["emg"]["rate_hz"],
        script:
            "../workflow_scripts/collect_signals.py"


# One rule trains every model, under two names for profiles: networks, which take long,
rule train_network:
    input:
        unpack(lambda wildcards: RUN.training_inputs(wildcards.model, wildcards.fold)),
    output:
        checkpoint="results/learn/{model}/{fold}.safetensors",
        card="results/learn/{model}/{fold}.json",
    wildcard_constraints:
        model=one_of(RUN.reading("signal", "eyes", "fusion") or ["none"]),
    conda:
        "../envs/torch.yaml"
    resources:
        **RUN.how,
        mem_mb=training_memory,
        runtime=training_minutes(),
    params:
        lambda wildcards: RUN.code(wildcards.model),
        n_eyes=RUN.n_eyes,
        spec=lambda wildcards: RUN.spec(wildcards.model),
        # No output: it has to outlive a killed job, whose outputs Snakemake deletes.
        resume="results/learn/resume/{model}/{fold}.safetensors",
    script:
        "../workflow_scripts/train.py"


# and models on features, short jobs that clusters bundle and no GPU speeds up.
use rule train_network as train_classical with:
    wildcard_constraints:
        model=one_of(RUN.reading("features") or ["none"]),
    conda:
        "../envs/signals.yaml"
    resources:
        **RUN.how,
        mem_mb=memory(700, inputs=20),
        runtime=minutes(10, person=1),


rule evaluate_model:
    input:
        unpack(lambda wildcards: RUN.cohort_inputs(wildcards.model, RUN.folds)),
        checkpoints=expand("results/learn/{{model}}/{fold}.safetensors", fold=RUN.folds),
        cards=expand("results/learn/{{model}}/{fold}.json", fold=RUN.folds),
    output:
        predictions="results/learn/{model}/predictions.parquet",
        participants="results/learn/{model}/participants.csv",
        summary="results/learn/{model}/summary.csv",
        members="results/learn/{model}/members.csv",
        confusion="results/learn/{model}/confusion.csv",
        classes_of="results/learn/{model}/classes.csv",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory(1000, inputs=15),
        runtime=minutes(20, person=1),
    params:
        lambda wildcards: RUN.code(wildcards.model),
        **RUN.judged("bootstrap"),
        n_eyes=RUN.n_eyes,
        bins=config["learn"]["evaluation"]["calibration_bins"],
        spec=lambda wildcards: RUN.spec(wildcards.model),
    script:
        "../workflow_scripts/evaluate_model.py"


# Who trains nothing is predicted by all folds together, so that one small file stands for them all: a job for each
# person on each fold's file would be as many edges as people times folds.
rule freeze_model:
    input:
        checkpoints=expand("results/learn/{{model}}/{fold}.safetensors", fold=RUN.folds),
        cards=expand("results/learn/{{model}}/{fold}.json", fold=RUN.folds),
        identity=lambda wildcards: RUN.identity(wildcards.model),
    output:
        frozen="results/learn/frozen/{model}.json",
    wildcard_constraints:
        model="|".join(RUN.freezable),
    params:
        spec=lambda wildcards: RUN.spec(wildcards.model),
    script:
        "../workflow_scripts/freeze_model.py"


rule compare_models:
    input:
        scores=expand("results/learn/{model}/participants.csv", model=RUN.models),
    output:
        comparison="results/learn/comparison.csv",
    params:
        **RUN.judged("permutations", "bootstrap"),
    script:
        "../workflow_scripts/compare_models.py"
