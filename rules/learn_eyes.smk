# The stage learn on eye images.
#
# requires  results/eyes/ (frames, images, neutrals, excluded.parquet) and results/learn/folds.csv
# makes     results/learn/cohort/{eyes.parquet,eyes.npy,eye_neutrals.npy}, results/learn/blinks/, and results/learn/{personalisation,raters,learning_curve}.csv
INCEPTION = config["learn"]["eye_inception"]


wildcard_constraints:
    people=r"\d+",


rule collect_eyes:
    input:
        frames=expand("results/eyes/frames/{participant}.parquet", participant=RUN.eye_training),
        images=expand("results/eyes/images/{participant}.npy", participant=RUN.eye_training),
        neutrals=expand("results/eyes/neutrals/{participant}.npy", participant=RUN.eye_training),
        excluded="results/eyes/excluded.parquet",
    output:
        eyes="results/learn/cohort/eyes.parquet",
        images="results/learn/cohort/eyes.npy",
        neutrals="results/learn/cohort/eye_neutrals.npy",
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
            **RUN.cohort_inputs("blinks", []),
        output:
            checkpoint="results/learn/blinks/{fold}.safetensors",
            card="results/learn/blinks/{fold}.json",
            removed="results/learn/blinks/{fold}.parquet",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(1100, inputs=5),
            runtime=minutes(20, person=2),
            device=config["execution"]["device"],
        params:
            n_eyes=RUN.n_eyes,
            spec=RUN.spec("blinks"),
            closed=config["eyes"]["closed"],
            keep_labels=config["eyes"]["blinks"]["keep_labels"],
            threshold=config["eyes"]["blinks"]["threshold"],
        script:
            "../workflow_scripts/train_blinks.py"


if RUN.curve:

    rule learning_curve:
        input:
            **RUN.cohort_inputs("eye_cnn", ["{fold}"]),
        output:
            scores="results/learn/learning_curve/{people}/{fold}.parquet",
            checkpoint="results/learn/learning_curve/{people}/{fold}.safetensors",
            card="results/learn/learning_curve/{people}/{fold}.json",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(1100, inputs=5),
            runtime=minutes(20, person=2),
            device=config["execution"]["device"],
        params:
            *RUN.code("eye_cnn"),
            n_eyes=RUN.n_eyes,
            spec=RUN.spec("eye_cnn"),
            bins=config["learn"]["evaluation"]["calibration_bins"],
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
            weights=RUN.weights,
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
            **RUN.judged("permutations"),
            names=[[model, f"{model}_plain"] for model in RUN.personalised_models],
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
            **RUN.judged("bootstrap"),
            raw=lambda wildcards: RawFiles(RUN.raters, RUN.dataset),
            dataset=lambda wildcards: Folder(RUN.dataset),
            models=RUN.eye_models,
        script:
            "../workflow_scripts/rater_agreement.py"
