# Eyes: each person's eye images as frames of left and right, their quality, and each session's mean neutral image.
#
# requires  the participant's raw files (sourcedata/sub-*/[ses-*/]eye/), with EMG results/recordings/events/
# makes     results/eyes/frames/, results/eyes/images/ and results/eyes/neutrals/, one file a participant;
#           results/eyes/sheet.csv, identical.csv and personalisation.csv; of those who train, excluded.parquet; with
#           models, results/eyes/features/ and removed.csv; of eye images alone with scenes,
#           results/recordings/participants/ and results/recordings/events/

if RUN.has_eyes:

    rule prepare_eyes:
        input:
            seen=seen("prepare_eyes"),
            events=("results/recordings/events/{participant}.parquet" if RUN.has_emg else []),
        output:
            frames="results/eyes/frames/{participant}.parquet",
            images="results/eyes/images/{participant}.npy",
            neutrals="results/eyes/neutrals/{participant}.npy",
        priority: 100
        # More threads decode large images faster (--set-threads prepare_eyes=4), small ones not at all: a core that a
        # cohort's people share is better used by another person.
        resources:
            runtime=minutes(20),
        params:
            raw=lambda wildcards: RawFiles(RUN.eyes.raw_files[wildcards.participant], RUN.dataset),
            participant=lambda wildcards: wildcards.participant,
            dataset=lambda wildcards: Folder(RUN.dataset),
            emg_recordings=lambda wildcards: (RUN.eyes.emg_recordings[wildcards.participant] if RUN.has_emg else None),
            scene_recordings=lambda wildcards: RUN.eyes.scene_recordings[wildcards.participant],
            scene_tasks=config["recordings"]["scene_tasks"],
            left_out=lambda wildcards: RUN.eyes.left_out[wildcards.participant],
            cameras=lambda wildcards: RUN.eyes.cameras[wildcards.participant],
            offset_s=lambda wildcards: RUN.eyes.offset_s[wildcards.participant],
            labels={
                "classes": RUN.eye_classes,
                **{name: config["eyes"][name] for name in ("neutral", "closed", "ignore_labels")},
            },
            frames=config["eyes"]["frames"],
            quality={name: value for name, value in config["eyes"]["quality"].items() if name != "identical"},
            personalise=config["eyes"]["personalise"],
            synthetic=RUN.synthetic,
        script:
            "../workflow_scripts/prepare_eyes.py"

    if RUN.input == "eyes" and RUN.scene_models:

        # What describe_participant makes of EMG: recordings, and the scenes and expressions in them.
        rule describe_eyes:
            input:
                frames="results/eyes/frames/{participant}.parquet",
            output:
                recordings="results/recordings/participants/{participant}.parquet",
                events="results/recordings/events/{participant}.parquet",
            priority: 100
            params:
                classes=RUN.eye_classes,
            script:
                "../workflow_scripts/describe_eyes.py"

    rule check_eyes:
        input:
            frames=expand("results/eyes/frames/{participant}.parquet", participant=RUN.eye_participants),
        output:
            sheet="results/eyes/sheet.csv",
            identical="results/eyes/identical.csv",
            personalisation="results/eyes/personalisation.csv",
        priority: 100
        params:
            neutral=config["eyes"]["neutral"],
            personalise=config["eyes"]["personalise"],
            scene_tasks=(config["recordings"]["scene_tasks"] if RUN.input == "eyes" else []),
        script:
            "../workflow_scripts/check_eyes.py"

    # Of those who train, alone, so that somebody who is only predicted trains nothing again.
    rule exclude_frames:
        input:
            frames=expand("results/eyes/frames/{participant}.parquet", participant=RUN.eye_training),
        output:
            excluded="results/eyes/excluded.parquet",
        params:
            identical_policy=config["eyes"]["quality"]["identical"],
        script:
            "../workflow_scripts/exclude_frames.py"


if RUN.eye_models:

    # MB that a job holds per MB of images: of each frame, the embedding, which is 2048 values wide with eye_inception.
    FEATURES_MB = 16 if RUN.frame_model in RUN.embedded_models else 2

    rule extract_eye_features:
        input:
            unpack(lambda wildcards: RUN.unseen(RUN.frame_model, wildcards.participant)),
            frames="results/eyes/frames/{participant}.parquet",
            images="results/eyes/images/{participant}.npy",
            neutrals="results/eyes/neutrals/{participant}.npy",
            blinks=lambda wildcards: (
                RUN.unseen("blinks", wildcards.participant)["checkpoint"] if RUN.has_blinks else []
            ),
            identity=RUN.identity(RUN.frame_model),
            embeddings=("results/eyes/embeddings/{participant}.npy" if RUN.frame_model in RUN.embedded_models else []),
        output:
            features="results/eyes/features/{participant}.parquet",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(900, images=FEATURES_MB),
            runtime=minutes(20, fold=1, frame=RUN.finetuned_min),
        params:
            *RUN.code(RUN.frame_model, "eye_cnn"),
            n_eyes=RUN.n_eyes,
            threshold=config["eyes"]["blinks"]["threshold"],
            spec=RUN.spec(RUN.frame_model),
            blinks_spec=RUN.spec("blinks"),
        script:
            "../workflow_scripts/extract_eye_features.py"

    rule list_removed:
        input:
            excluded="results/eyes/excluded.parquet",
            cohort="results/learn/cohort/eyes.parquet",
            blinks=(expand("results/learn/blinks/{fold}.parquet", fold=RUN.folds) if RUN.has_blinks else []),
        output:
            removed="results/eyes/removed.csv",
        params:
            fold_of=RUN.fold_of,
            synthetic=RUN.synthetic,
        script:
            "../workflow_scripts/list_removed.py"
