# Eyes: each person's eye images as frames of left and right, their quality, and each session's mean neutral image.
#
# requires  the participant's raw files (sourcedata/sub-*/[ses-*/]eye/), with EMG results/recordings/events/; from
#           common.smk EYES (myoscene.eyes.selection.select_eyes), EYE_PARTICIPANTS (its people) and EYE_CLASSES
# makes     results/eyes/frames/, results/eyes/images/ and results/eyes/neutrals/, one file a participant;
#           results/eyes/sheet.csv, identical.csv and personalisation.csv; of those who train, excluded.parquet; of eye images alone with
#           scenes, results/recordings/participants/ and results/recordings/events/

if EYE_PARTICIPANTS:

    rule prepare_eyes:
        input:
            seen=seen("prepare_eyes"),
            events=("results/recordings/events/{participant}.parquet" if INPUT == "emg" else []),
        output:
            frames="results/eyes/frames/{participant}.parquet",
            images="results/eyes/images/{participant}.npy",
            neutrals="results/eyes/neutrals/{participant}.npy",
        log:
            "results/logs/prepare_eyes/{participant}.log",
        benchmark:
            "results/benchmarks/prepare_eyes/{participant}.tsv"
        priority: 100
        conda:
            "../envs/signals.yaml"
        # More threads decode large images faster (--set-threads prepare_eyes=4), small ones not at all: a core that a
        # cohort's people share is better used by another person.
        threads: 1
        resources:
            mem_mb=memory(600),
            runtime=minutes(20),
        params:
            *code("prepare_eyes"),
            raw=lambda wildcards: RawFiles(EYES.raw_files[wildcards.participant]),
            participant=lambda wildcards: wildcards.participant,
            dataset=DATASET,
            emg_recordings=lambda wildcards: (EYES.emg_recordings[wildcards.participant] if INPUT == "emg" else None),
            scene_recordings=lambda wildcards: EYES.scene_recordings[wildcards.participant],
            scene_tasks=config["recordings"]["scene_tasks"],
            left_out=lambda wildcards: EYES.left_out[wildcards.participant],
            cameras=lambda wildcards: EYES.cameras[wildcards.participant],
            offset_s=lambda wildcards: EYES.offset_s[wildcards.participant],
            classes=EYE_CLASSES,
            neutral=config["eyes"]["neutral"],
            closed=config["eyes"]["closed"],
            ignore_labels=config["eyes"]["ignore_labels"],
            frames=config["eyes"]["frames"],
            quality={name: value for name, value in config["eyes"]["quality"].items() if name != "identical"},
            personalise=config["eyes"]["personalise"],
            synthetic=SYNTHETIC,
        script:
            "../workflow_scripts/prepare_eyes.py"

    if INPUT == "eyes" and SCENE_MODELS:

        # What describe_participant makes of EMG: recordings, and the scenes and expressions in them.
        rule describe_eyes:
            input:
                frames="results/eyes/frames/{participant}.parquet",
            output:
                recordings="results/recordings/participants/{participant}.parquet",
                events="results/recordings/events/{participant}.parquet",
            log:
                "results/logs/describe_eyes/{participant}.log",
            benchmark:
                "results/benchmarks/describe_eyes/{participant}.tsv"
            priority: 100
            conda:
                "../envs/signals.yaml"
            threads: 1
            resources:
                mem_mb=memory(600),
                runtime=minutes(10),
            params:
                *code("describe_eyes"),
                classes=EYE_CLASSES,
            script:
                "../workflow_scripts/describe_eyes.py"

    rule check_eyes:
        input:
            frames=expand(
                "results/eyes/frames/{participant}.parquet",
                participant=EYE_PARTICIPANTS,
            ),
        output:
            sheet="results/eyes/sheet.csv",
            identical="results/eyes/identical.csv",
            personalisation="results/eyes/personalisation.csv",
        log:
            "results/logs/check_eyes.log",
        benchmark:
            "results/benchmarks/check_eyes.tsv"
        priority: 100
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(600),
            runtime=minutes(10),
        params:
            *code("check_eyes"),
            neutral=config["eyes"]["neutral"],
            personalise=config["eyes"]["personalise"],
            scene_tasks=(config["recordings"]["scene_tasks"] if INPUT == "eyes" else []),
        script:
            "../workflow_scripts/check_eyes.py"

    # Of those who train, alone, so that somebody who is only predicted trains nothing again.
    rule exclude_frames:
        input:
            frames=expand("results/eyes/frames/{participant}.parquet", participant=EYE_TRAINING),
        output:
            excluded="results/eyes/excluded.parquet",
        log:
            "results/logs/exclude_frames.log",
        benchmark:
            "results/benchmarks/exclude_frames.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(600),
            runtime=minutes(10),
        params:
            *code("exclude_frames"),
            identical_policy=config["eyes"]["quality"]["identical"],
        script:
            "../workflow_scripts/exclude_frames.py"


if EYE_MODELS:

    # MB that a job holds per MB of images: of each frame, the embedding, which is 2048 values wide with eye_inception.
    FEATURES_MB = 16 if EYE_MODELS_BY_USE[0] in FROZEN_MODELS else 2

    rule extract_eye_features:
        input:
            frames="results/eyes/frames/{participant}.parquet",
            images="results/eyes/images/{participant}.npy",
            neutrals="results/eyes/neutrals/{participant}.npy",
            checkpoint=lambda wildcards: unseen(EYE_MODELS_BY_USE[0], wildcards.participant),
            card=lambda wildcards: unseen_card(EYE_MODELS_BY_USE[0], wildcards.participant),
            blinks=lambda wildcards: (unseen("blinks", wildcards.participant) if HAS_BLINKS else []),
            identity=identity(EYE_MODELS_BY_USE[0]),
            embeddings=("results/eyes/embeddings/{participant}.npy" if EYE_MODELS_BY_USE[0] in FROZEN_MODELS else []),
        output:
            features="results/eyes/features/{participant}.parquet",
        log:
            "results/logs/extract_eye_features/{participant}.log",
        benchmark:
            "results/benchmarks/extract_eye_features/{participant}.tsv"
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(900, images=FEATURES_MB),
            runtime=minutes(20, fold=1, frame=FINETUNED_MIN),
        params:
            *code("extract_eye_features", EYE_MODELS_BY_USE[0], "eye_cnn"),
            n_eyes=N_EYES,
            threshold=config["eyes"]["blinks"]["threshold"],
            made={
                "model": EYE_MODELS_BY_USE[0],
                "classes": EYE_CLASSES,
                "about": about(EYE_MODELS_BY_USE[0]),
            },
            # A blink classifier's card calls it an eye_cnn.
            blinks_made={
                "model": "eye_cnn",
                "classes": classes_of("blinks"),
                "about": about("blinks"),
            },
        script:
            "../workflow_scripts/extract_eye_features.py"

    rule list_removed:
        input:
            excluded="results/eyes/excluded.parquet",
            cohort="results/learn/cohort/eyes.parquet",
            blinks=(expand("results/learn/blinks/{fold}.parquet", fold=FOLDS) if HAS_BLINKS else []),
        output:
            removed="results/eyes/removed.csv",
        log:
            "results/logs/list_removed.log",
        benchmark:
            "results/benchmarks/list_removed.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(600),
            runtime=minutes(10),
        params:
            *code("list_removed"),
            fold_of=FOLD_OF,
            synthetic=SYNTHETIC,
        script:
            "../workflow_scripts/list_removed.py"
