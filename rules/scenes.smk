# Scenes: continuous expression over each scene, and what is made of it.
#
# requires  results/recordings/{participants,events}/, with EMG results/emg/{features,signals,normalisers,envelopes}/
#           and, with scene models, one checkpoint a fold: results/learn/{model}/{fold}.safetensors and .json; for those that read
#           eyes, results/eyes/{frames,images,neutrals,features}/ and identical.csv
# makes     results/scenes/predictions/{model}/{participant}.parquet, results/scenes/expression_features.{parquet,csv},
#           results/scenes/feature_dictionary.csv, results/scenes/scores.csv
SEEING = [*EYE_MODELS, *FUSION_MODELS]
# What is read of a person who has eye images, and by which models. Closed eyes are no blinks to a model that has them
# for a class.
SCENE_EYES = {
    "frames": ("results/eyes/frames/{}.parquet", SEEING),
    "images": ("results/eyes/images/{}.npy", SEEING),
    "neutrals": ("results/eyes/neutrals/{}.npy", SEEING),
    "blinks": (
        "results/eyes/features/{}.parquet",
        [model for model in SEEING if HAS_BLINKS and config["eyes"]["closed"] not in classes_of(model)],
    ),
    "embeddings": ("results/eyes/embeddings/{}.npy", FROZEN_MODELS),
}

if SCENE_MODELS:

    rule predict_scenes:
        input:
            unpack(
                lambda wildcards: {
                    name: file.format(wildcards.participant)
                    for name, (file, models) in SCENE_EYES.items()
                    if wildcards.model in models and wildcards.participant in EYES.raw_files
                }
            ),
            checkpoint=lambda wildcards: unseen(wildcards.model, wildcards.participant),
            card=lambda wildcards: unseen_card(wildcards.model, wildcards.participant),
            identity=lambda wildcards: identity(wildcards.model),
            recordings="results/recordings/participants/{participant}.parquet",
            events="results/recordings/events/{participant}.parquet",
            # A model on eyes reads from the signals only where windows start: all models predict the same windows.
            # Without EMG they start with each scene.
            data=lambda wildcards: (
                []
                if INPUT == "eyes"
                else (
                    f"results/emg/features/{wildcards.participant}.parquet"
                    if wildcards.model in FEATURE_MODELS
                    else f"results/emg/signals/{wildcards.participant}.parquet"
                )
            ),
            normaliser=lambda wildcards: (
                [] if wildcards.model in EYE_MODELS else f"results/emg/normalisers/{wildcards.participant}.json"
            ),
        output:
            "results/scenes/predictions/{model}/{participant}.parquet",
        log:
            "results/logs/predict_scenes/{model}/{participant}.log",
        benchmark:
            "results/benchmarks/predict_scenes/{model}/{participant}.tsv"
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(1000, raw=12),
            runtime=minutes(20, fold=1, frame=FINETUNED_MIN),
        params:
            *code("predict_scenes"),
            model_code,
            classes=lambda wildcards: classes_of(wildcards.model),
            about=lambda wildcards: about(wildcards.model),
            conditioning=config["emg"]["filters"],
            rate_hz=config["emg"]["rate_hz"],
            length_s=config["emg"]["windows"]["length_s"],
            hop_s=config["emg"]["windows"]["hop_s"],
            smoothing_s=config["scenes"]["smoothing_s"],
            minimum_dwell_s=config["scenes"]["minimum_dwell_s"],
            probability_floor=config["scenes"]["probability_floor"],
            eye_frames=config["eyes"]["frames"],
            personalise=config["eyes"]["personalise"],
        script:
            "../workflow_scripts/predict_scenes.py"


rule expression_features:
    input:
        recordings=expand(
            "results/recordings/participants/{participant}.parquet",
            participant=PARTICIPANTS,
        ),
        events=expand("results/recordings/events/{participant}.parquet", participant=PARTICIPANTS),
        envelopes=expand(
            "results/emg/envelopes/{participant}.parquet",
            participant=PARTICIPANTS if INPUT == "emg" else [],
        ),
        # The first scene model makes the features; without one there are envelope features only.
        predictions=expand(
            "results/scenes/predictions/{model}/{participant}.parquet",
            model=SCENE_MODELS[:1],
            participant=PARTICIPANTS,
        ),
    output:
        features="results/scenes/expression_features.parquet",
        csv="results/scenes/expression_features.csv",
        dictionary="results/scenes/feature_dictionary.csv",
    log:
        "results/logs/expression_features.log",
    benchmark:
        "results/benchmarks/expression_features.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600, inputs=3),
        runtime=minutes(20),
    params:
        *code("expression_features"),
        classes=classes_of(SCENE_MODELS[0]) if SCENE_MODELS else [],
        hop_s=config["emg"]["windows"]["hop_s"],
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/expression_features.py"


EYE_SCENE_MODELS = [model for model in SCENE_MODELS if MODEL_REGISTRY[model].kind in ("eyes", "fusion")]


rule score_scenes:
    input:
        predictions=expand(
            "results/scenes/predictions/{model}/{participant}.parquet",
            model=SCENE_MODELS,
            participant=PARTICIPANTS,
        ),
        events=expand("results/recordings/events/{participant}.parquet", participant=PARTICIPANTS),
        frames=expand(
            "results/eyes/frames/{participant}.parquet",
            participant=EYE_PARTICIPANTS if EYE_SCENE_MODELS else [],
        ),
        # Of everybody, those who are only predicted too, in whose scenes nothing else looks for such images.
        identical=(
            "results/eyes/identical.csv"
            if EYE_SCENE_MODELS and config["eyes"]["quality"]["identical"] == "exclude"
            else []
        ),
    output:
        "results/scenes/scores.csv",
    log:
        "results/logs/score_scenes.log",
    benchmark:
        "results/benchmarks/score_scenes.tsv"
    conda:
        "../envs/signals.yaml"
    threads: 1
    resources:
        mem_mb=memory(600),
        runtime=minutes(10),
    params:
        *code("score_scenes"),
        models=SCENE_MODELS,
        eye_models=EYE_SCENE_MODELS,
        classes={model: classes_of(model) for model in SCENE_MODELS},
        length_s=config["emg"]["windows"]["length_s"],
        # Runs of labelled eye frames are trimmed already (eyes.frames).
        trim_start_s=config["emg"]["windows"]["trim_start_s"] if INPUT == "emg" else 0.0,
        trim_end_s=config["emg"]["windows"]["trim_end_s"] if INPUT == "emg" else 0.0,
        rate_hz=config["emg"]["rate_hz"],
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/score_scenes.py"
