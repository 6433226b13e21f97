# The stage learn on eye images.
#
# requires  results/eyes/ (frames, images, neutrals, excluded.parquet) and results/learn/folds.csv
# makes     results/learn/cohort/{eyes.parquet,eyes.npy,eye_neutrals.npy}, results/learn/blinks/, checkpoints of the eye
#           models, and results/learn/{personalisation,raters,learning_curve}.csv
INCEPTION = config["learn"]["eye_inception"]
# A frame's share of fine-tuning; a head trains on embeddings in no time.
TRAIN_MIN = 2 * PASS_MIN * INCEPTION["epochs"] if INCEPTION["mode"] == "finetuned" else 0
INCEPTION_MODELS = [model for model in EYE_MODELS if model.startswith("eye_inception")]
# Models of which both variants are trained, with and without personalisation.
PERSONALISED = [model for model in EYE_MODELS if f"{model}_plain" in EYE_MODELS]
COHORT_EYES = {
    "cohort": "results/learn/cohort/eyes.parquet",
    "images": "results/learn/cohort/eyes.npy",
    "neutrals": "results/learn/cohort/eye_neutrals.npy",
}
EMBEDDINGS = "results/learn/cohort/eye_embeddings.npy" if FROZEN_MODELS else []
BLINKS = "results/learn/blinks/{fold}.parquet" if HAS_BLINKS else []


wildcard_constraints:
    people=r"\d+",


rule collect_eyes:
    input:
        frames=expand("results/eyes/frames/{participant}.parquet", participant=EYE_TRAINING),
        images=expand("results/eyes/images/{participant}.npy", participant=EYE_TRAINING),
        neutrals=expand("results/eyes/neutrals/{participant}.npy", participant=EYE_TRAINING),
        excluded="results/eyes/excluded.parquet",
    output:
        cohort=COHORT_EYES["cohort"],
        cohort_images=COHORT_EYES["images"],
        cohort_neutrals=COHORT_EYES["neutrals"],
        identity="results/learn/cohort/eyes.json",
    log:
        "results/logs/collect_eyes.log",
    benchmark:
        "results/benchmarks/collect_eyes.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600, inputs=1),
        runtime=minutes(20),
    params:
        *code("collect_eyes"),
        classes=EYE_CLASSES,
        neutral=config["eyes"]["neutral"],
        closed=config["eyes"]["closed"],
        called=called(EYE_TRAINING),
    script:
        "../workflow_scripts/collect_eyes.py"


if HAS_BLINKS:

    # Fitted on the fold's own people alone: a classifier that had seen the held-out person would choose what trains.
    rule train_blinks:
        input:
            **COHORT_EYES,
            identity=identity("eye_cnn"),
            folds="results/learn/folds.csv",
        output:
            checkpoint="results/learn/blinks/{fold}.safetensors",
            card="results/learn/blinks/{fold}.json",
            removed="results/learn/blinks/{fold}.parquet",
        log:
            "results/logs/train_blinks/{fold}.log",
        benchmark:
            "results/benchmarks/train_blinks/{fold}.tsv"
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(1100, inputs=5),
            runtime=minutes(20, person=2),
        params:
            *code("train_blinks"),
            n_eyes=N_EYES,
            neutral=config["eyes"]["neutral"],
            closed=config["eyes"]["closed"],
            keep_labels=config["eyes"]["blinks"]["keep_labels"],
            threshold=config["eyes"]["blinks"]["threshold"],
            about=about("blinks"),
            synthetic=SYNTHETIC,
        script:
            "../workflow_scripts/train_blinks.py"


rule train_eyes:
    input:
        **COHORT_EYES,
        identity=identity("eye_cnn"),
        folds="results/learn/folds.csv",
        blinks=BLINKS,
    output:
        checkpoint="results/learn/{model}/{fold}.safetensors",
        card="results/learn/{model}/{fold}.json",
    log:
        "results/logs/train_eyes/{model}/{fold}.log",
    benchmark:
        "results/benchmarks/train_eyes/{model}/{fold}.tsv"
    wildcard_constraints:
        model="eye_cnn|eye_cnn_plain",
    conda:
        "../envs/torch.yaml"
    threads: 1
    resources:
        mem_mb=memory(1100, inputs=5),
        runtime=minutes(20, person=2),
        # Resources and not params: how often the state is kept changes no result and must rerun nothing.
        resume_every_epochs=config["execution"]["resume_every_epochs"],
        log_every_epochs=config["execution"]["log_every_epochs"],
    params:
        *code("train_eyes"),
        n_eyes=N_EYES,
        classes=EYE_CLASSES,
        neutral=config["eyes"]["neutral"],
        about=lambda wildcards: about(wildcards.model),
        resume="results/learn/resume/{model}/{fold}.safetensors",
    script:
        "../workflow_scripts/train_eyes.py"


if CURVE:

    rule learning_curve:
        input:
            **COHORT_EYES,
            identity=identity("eye_cnn"),
            folds="results/learn/folds.csv",
            blinks=BLINKS,
        output:
            scores="results/learn/learning_curve/{people}/{fold}.parquet",
            checkpoint="results/learn/learning_curve/{people}/{fold}.safetensors",
            card="results/learn/learning_curve/{people}/{fold}.json",
        log:
            "results/logs/learning_curve/{people}/{fold}.log",
        benchmark:
            "results/benchmarks/learning_curve/{people}/{fold}.tsv"
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(1100, inputs=5),
            runtime=minutes(20, person=2),
        params:
            *code("learning_curve", "eye_cnn"),
            n_eyes=N_EYES,
            model="eye_cnn",
            classes=EYE_CLASSES,
            neutral=config["eyes"]["neutral"],
            bins=config["learn"]["evaluation"]["calibration_bins"],
            about=about("eye_cnn"),
            synthetic=SYNTHETIC,
        script:
            "../workflow_scripts/learning_curve.py"

    rule collect_learning_curve:
        input:
            parts=expand(
                "results/learn/learning_curve/{people}/{fold}.parquet",
                people=CURVE,
                fold=FOLDS,
            ),
            participants="results/learn/eye_cnn/participants.csv",
            folds="results/learn/folds.csv",
        output:
            curve="results/learn/learning_curve.csv",
        log:
            "results/logs/collect_learning_curve.log",
        benchmark:
            "results/benchmarks/collect_learning_curve.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(600),
            runtime=minutes(10),
        params:
            *code("collect_learning_curve"),
        script:
            "../workflow_scripts/collect_learning_curve.py"


if FROZEN_MODELS:

    # Once an image, whatever the folds and classes are.
    rule embed_inception:
        input:
            frames="results/eyes/frames/{participant}.parquet",
            images="results/eyes/images/{participant}.npy",
            neutrals="results/eyes/neutrals/{participant}.npy",
            weights=INCEPTION["weights"],
        output:
            embeddings="results/eyes/embeddings/{participant}.npy",
        log:
            "results/logs/embed_inception/{participant}.log",
        benchmark:
            "results/benchmarks/embed_inception/{participant}.tsv"
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(2000),
            runtime=minutes(20, frame=2 * PASS_MIN),
        params:
            *code("embed_inception"),
            sha256=INCEPTION["sha256"],
            side=INCEPTION["side_px"],
            n_eyes=N_EYES,
        script:
            "../workflow_scripts/embed_inception.py"

    rule collect_inception:
        input:
            cohort="results/learn/cohort/eyes.parquet",
            frames=expand(
                "results/eyes/frames/{participant}.parquet",
                participant=EYE_TRAINING,
            ),
            embeddings=expand(
                "results/eyes/embeddings/{participant}.npy",
                participant=EYE_TRAINING,
            ),
        output:
            embeddings="results/learn/cohort/eye_embeddings.npy",
        log:
            "results/logs/collect_inception.log",
        benchmark:
            "results/benchmarks/collect_inception.tsv"
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(1500, inputs=2),
            runtime=minutes(20),
        params:
            *code("collect_inception"),
            participants=EYE_TRAINING,
        script:
            "../workflow_scripts/collect_inception.py"


if INCEPTION_MODELS:

    rule train_inception:
        input:
            cohort="results/learn/cohort/eyes.parquet",
            images="results/learn/cohort/eyes.npy",
            neutrals="results/learn/cohort/eye_neutrals.npy",
            identity=identity("eye_inception"),
            folds="results/learn/folds.csv",
            blinks=BLINKS,
            # A head reads embeddings alone; only fine-tuning opens the weights again.
            embeddings=EMBEDDINGS,
            weights=INCEPTION["weights"] if INCEPTION["mode"] == "finetuned" else [],
        output:
            checkpoint="results/learn/{model}/{fold}.safetensors",
            card="results/learn/{model}/{fold}.json",
        log:
            "results/logs/train_inception/{model}/{fold}.log",
        benchmark:
            "results/benchmarks/train_inception/{model}/{fold}.tsv"
        wildcard_constraints:
            model="eye_inception|eye_inception_plain",
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(1500 if INCEPTION["mode"] == "frozen" else 4000, inputs=5),
            runtime=minutes(20, person=2, frame=TRAIN_MIN),
            # Resources and not params: how often the state is kept changes no result and must rerun nothing.
            resume_every_epochs=config["execution"]["resume_every_epochs"],
            log_every_epochs=config["execution"]["log_every_epochs"],
        params:
            *code("train_inception"),
            classes=EYE_CLASSES,
            neutral=config["eyes"]["neutral"],
            n_eyes=N_EYES,
            about=lambda wildcards: about(wildcards.model),
            resume="results/learn/resume/{model}/{fold}.safetensors",
        script:
            "../workflow_scripts/train_inception.py"


if PERSONALISED:

    rule compare_personalisation:
        input:
            personalised=expand("results/learn/{model}/predictions.parquet", model=PERSONALISED),
            plain=expand("results/learn/{model}_plain/predictions.parquet", model=PERSONALISED),
        output:
            effect="results/learn/personalisation.csv",
        log:
            "results/logs/compare_personalisation.log",
        benchmark:
            "results/benchmarks/compare_personalisation.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(700),
            runtime=minutes(10),
        params:
            *code("compare_personalisation"),
            names=[[model, f"{model}_plain"] for model in PERSONALISED],
            permutations=config["learn"]["evaluation"]["permutations"],
            seed=config["learn"]["seed"],
            synthetic=SYNTHETIC,
        script:
            "../workflow_scripts/compare_personalisation.py"


if HAS_RATERS:

    rule rater_agreement:
        input:
            seen=seen("rater_agreement"),
            frames=expand(
                "results/eyes/frames/{participant}.parquet",
                participant=EYE_PARTICIPANTS,
            ),
            predictions=expand("results/learn/{model}/predictions.parquet", model=EYE_MODELS),
        output:
            raters="results/learn/raters.csv",
        log:
            "results/logs/rater_agreement.log",
        benchmark:
            "results/benchmarks/rater_agreement.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(900),
            runtime=minutes(10),
        params:
            *code("rater_agreement"),
            raw=lambda wildcards: RawFiles(RATERS),
            dataset=DATASET,
            models=EYE_MODELS,
            bootstrap=config["learn"]["evaluation"]["bootstrap"],
            seed=config["learn"]["seed"],
            synthetic=SYNTHETIC,
        script:
            "../workflow_scripts/rater_agreement.py"
