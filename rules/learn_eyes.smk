# The stage learn on eye images.
#
# requires  results/eyes/ (frames, images, neutrals, excluded.parquet) and results/learn/folds.csv
# makes     results/learn/cohort/{eyes.parquet,eyes.npy,eye_neutrals.npy}, results/learn/blinks/, checkpoints of the eye
#           models, and results/learn/{personalisation,raters,learning_curve}.csv
INCEPTION = config["learn"]["eye_inception"]
# A frame's share of fine-tuning; a head trains on embeddings in no time.
TRAIN_MIN = 2 * RUN.pass_min * INCEPTION["epochs"] if INCEPTION["mode"] == "finetuned" else 0


wildcard_constraints:
    people=r"\d+",


rule collect_eyes:
    input:
        frames=expand("results/eyes/frames/{participant}.parquet", participant=RUN.eye_training),
        images=expand("results/eyes/images/{participant}.npy", participant=RUN.eye_training),
        neutrals=expand("results/eyes/neutrals/{participant}.npy", participant=RUN.eye_training),
        excluded="results/eyes/excluded.parquet",
    output:
        cohort="results/learn/cohort/eyes.parquet",
        cohort_images="results/learn/cohort/eyes.npy",
        cohort_neutrals="results/learn/cohort/eye_neutrals.npy",
        identity="results/learn/cohort/eyes.json",
    resources:
        mem_mb=memory(600, inputs=1),
        runtime=minutes(20),
    params:
        classes=RUN.eye_classes,
        neutral=config["eyes"]["neutral"],
        closed=config["eyes"]["closed"],
        called=RUN.called(RUN.eye_training),
    script:
        "../workflow_scripts/collect_eyes.py"


if RUN.has_blinks:

    # Fitted on the fold's own people alone: a classifier that had seen the held-out person would choose what trains.
    rule train_blinks:
        input:
            **RUN.cohort_eyes,
            identity=RUN.identity("eye_cnn"),
            folds="results/learn/folds.csv",
        output:
            checkpoint="results/learn/blinks/{fold}.safetensors",
            card="results/learn/blinks/{fold}.json",
            removed="results/learn/blinks/{fold}.parquet",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(1100, inputs=5),
            runtime=minutes(20, person=2),
        params:
            n_eyes=RUN.n_eyes,
            neutral=config["eyes"]["neutral"],
            closed=config["eyes"]["closed"],
            keep_labels=config["eyes"]["blinks"]["keep_labels"],
            threshold=config["eyes"]["blinks"]["threshold"],
            about=RUN.about("blinks"),
            synthetic=RUN.synthetic,
        script:
            "../workflow_scripts/train_blinks.py"


rule train_eyes:
    input:
        **RUN.cohort_eyes,
        identity=RUN.identity("eye_cnn"),
        folds="results/learn/folds.csv",
        blinks=RUN.removed_blinks,
    output:
        checkpoint="results/learn/{model}/{fold}.safetensors",
        card="results/learn/{model}/{fold}.json",
    wildcard_constraints:
        model="eye_cnn|eye_cnn_plain",
    conda:
        "../envs/torch.yaml"
    resources:
        mem_mb=memory(1100, inputs=5),
        runtime=minutes(20, person=2),
        # Resources and not params: how often the state is kept changes no result and must rerun nothing.
        resume_every_epochs=config["execution"]["resume_every_epochs"],
        log_every_epochs=config["execution"]["log_every_epochs"],
    params:
        n_eyes=RUN.n_eyes,
        classes=RUN.eye_classes,
        neutral=config["eyes"]["neutral"],
        about=lambda wildcards: RUN.about(wildcards.model),
        resume="results/learn/resume/{model}/{fold}.safetensors",
    script:
        "../workflow_scripts/train_eyes.py"


if RUN.curve:

    rule learning_curve:
        input:
            **RUN.cohort_eyes,
            identity=RUN.identity("eye_cnn"),
            folds="results/learn/folds.csv",
            blinks=RUN.removed_blinks,
        output:
            scores="results/learn/learning_curve/{people}/{fold}.parquet",
            checkpoint="results/learn/learning_curve/{people}/{fold}.safetensors",
            card="results/learn/learning_curve/{people}/{fold}.json",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(1100, inputs=5),
            runtime=minutes(20, person=2),
        params:
            *RUN.code("eye_cnn"),
            n_eyes=RUN.n_eyes,
            model="eye_cnn",
            classes=RUN.eye_classes,
            neutral=config["eyes"]["neutral"],
            bins=config["learn"]["evaluation"]["calibration_bins"],
            about=RUN.about("eye_cnn"),
            synthetic=RUN.synthetic,
        script:
            "../workflow_scripts/learning_curve.py"

    rule collect_learning_curve:
        input:
            parts=expand("results/learn/learning_curve/{people}/{fold}.parquet", people=RUN.curve, fold=RUN.folds),
            participants="results/learn/eye_cnn/participants.csv",
            folds="results/learn/folds.csv",
        output:
            curve="results/learn/learning_curve.csv",
        script:
            "../workflow_scripts/collect_learning_curve.py"


if RUN.embedded_models:

    # Once an image, whatever the folds and classes are.
    rule embed_inception:
        input:
            frames="results/eyes/frames/{participant}.parquet",
            images="results/eyes/images/{participant}.npy",
            neutrals="results/eyes/neutrals/{participant}.npy",
            weights=INCEPTION["weights"],
        output:
            embeddings="results/eyes/embeddings/{participant}.npy",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(2000),
            runtime=minutes(20, frame=2 * RUN.pass_min),
        params:
            sha256=INCEPTION["sha256"],
            side=INCEPTION["side_px"],
            n_eyes=RUN.n_eyes,
        script:
            "../workflow_scripts/embed_inception.py"

    rule collect_inception:
        input:
            cohort="results/learn/cohort/eyes.parquet",
            frames=expand("results/eyes/frames/{participant}.parquet", participant=RUN.eye_training),
            embeddings=expand("results/eyes/embeddings/{participant}.npy", participant=RUN.eye_training),
        output:
            embeddings="results/learn/cohort/eye_embeddings.npy",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(1500, inputs=2),
            runtime=minutes(20),
        params:
            participants=RUN.eye_training,
        script:
            "../workflow_scripts/collect_inception.py"


if RUN.inception_models:

    rule train_inception:
        input:
            **RUN.cohort_eyes,
            identity=RUN.identity("eye_inception"),
            folds="results/learn/folds.csv",
            blinks=RUN.removed_blinks,
            # A head reads embeddings alone; only fine-tuning opens the weights again.
            embeddings="results/learn/cohort/eye_embeddings.npy" if RUN.embedded_models else [],
            weights=INCEPTION["weights"] if INCEPTION["mode"] == "finetuned" else [],
        output:
            checkpoint="results/learn/{model}/{fold}.safetensors",
            card="results/learn/{model}/{fold}.json",
        wildcard_constraints:
            model="eye_inception|eye_inception_plain",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(1500 if INCEPTION["mode"] == "frozen" else 4000, inputs=5),
            runtime=minutes(20, person=2, frame=TRAIN_MIN),
            # Resources and not params: how often the state is kept changes no result and must rerun nothing.
            resume_every_epochs=config["execution"]["resume_every_epochs"],
            log_every_epochs=config["execution"]["log_every_epochs"],
        params:
            classes=RUN.eye_classes,
            neutral=config["eyes"]["neutral"],
            n_eyes=RUN.n_eyes,
            about=lambda wildcards: RUN.about(wildcards.model),
            resume="results/learn/resume/{model}/{fold}.safetensors",
        script:
            "../workflow_scripts/train_inception.py"


if RUN.personalised_models:

    rule compare_personalisation:
        input:
            personalised=expand("results/learn/{model}/predictions.parquet", model=RUN.personalised_models),
            plain=expand("results/learn/{model}_plain/predictions.parquet", model=RUN.personalised_models),
        output:
            effect="results/learn/personalisation.csv",
        resources:
            mem_mb=memory(700),
        params:
            names=[[model, f"{model}_plain"] for model in RUN.personalised_models],
            permutations=config["learn"]["evaluation"]["permutations"],
            seed=config["learn"]["seed"],
            synthetic=RUN.synthetic,
        script:
            "../workflow_scripts/compare_personalisation.py"


if RUN.raters:

    rule rater_agreement:
        input:
            seen=seen("rater_agreement"),
            frames=expand("results/eyes/frames/{participant}.parquet", participant=RUN.eye_participants),
            predictions=expand("results/learn/{model}/predictions.parquet", model=RUN.eye_models),
        output:
            raters="results/learn/raters.csv",
        resources:
            mem_mb=memory(900),
        params:
            raw=lambda wildcards: RawFiles(RUN.raters),
            dataset=RUN.dataset,
            models=RUN.eye_models,
            bootstrap=config["learn"]["evaluation"]["bootstrap"],
            seed=config["learn"]["seed"],
            synthetic=RUN.synthetic,
        script:
            "../workflow_scripts/rater_agreement.py"
