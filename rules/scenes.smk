# Scenes: continuous expression over each scene, and what is made of it.
#
# requires  results/recordings/{participants,events}/, with EMG results/emg/{features,signals,normalisers,envelopes}/
#           and, with scene models, one checkpoint a fold: results/learn/{model}/{fold}.safetensors and .json; for
#           those that read eyes, results/eyes/{frames,images,neutrals,features}/ and identical.csv
# makes     results/scenes/predictions/{model}/{participant}.parquet, results/scenes/expression_features.{parquet,csv},
#           results/scenes/feature_dictionary.csv, results/scenes/scores.csv

if RUN.scene_models:

    rule predict_scenes:
        input:
            unpack(lambda wildcards: RUN.scene_inputs(wildcards.model, wildcards.participant)),
            identity=lambda wildcards: RUN.identity(wildcards.model),
            recordings="results/recordings/participants/{participant}.parquet",
            events="results/recordings/events/{participant}.parquet",
        output:
            "results/scenes/predictions/{model}/{participant}.parquet",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(1000, raw=12),
            runtime=minutes(20, fold=1, frame=RUN.finetuned_min),
        params:
            lambda wildcards: RUN.code(wildcards.model),
            spec=lambda wildcards: RUN.spec(wildcards.model),
            rate_hz=config["emg"]["rate_hz"],
            length_s=config["emg"]["windows"]["length_s"],
            hop_s=config["emg"]["windows"]["hop_s"],
            states={name: config["scenes"][name] for name in ("smoothing_s", "minimum_dwell_s", "probability_floor")},
        script:
            "../workflow_scripts/predict_scenes.py"


rule expression_features:
    input:
        recordings=expand("results/recordings/participants/{participant}.parquet", participant=RUN.participants),
        events=expand("results/recordings/events/{participant}.parquet", participant=RUN.participants),
        envelopes=expand(
            "results/emg/envelopes/{participant}.parquet", participant=RUN.participants if RUN.has_emg else []
        ),
        # The first scene model makes the features; without one there are envelope features only.
        predictions=expand(
            "results/scenes/predictions/{model}/{participant}.parquet",
            model=RUN.scene_models[:1],
            participant=RUN.participants,
        ),
    output:
        features="results/scenes/expression_features.parquet",
        csv="results/scenes/expression_features.csv",
        dictionary="results/scenes/feature_dictionary.csv",
    resources:
        mem_mb=memory(600, inputs=3),
        runtime=minutes(20),
    params:
        classes=RUN.classes_of(RUN.scene_models[0]) if RUN.scene_models else [],
        hop_s=config["emg"]["windows"]["hop_s"],
        synthetic=RUN.synthetic,
    script:
        "../workflow_scripts/expression_features.py"


rule score_scenes:
    input:
        predictions=expand(
            "results/scenes/predictions/{model}/{participant}.parquet",
            model=RUN.scene_models,
            participant=RUN.participants,
        ),
        events=expand("results/recordings/events/{participant}.parquet", participant=RUN.participants),
        frames=expand(
            "results/eyes/frames/{participant}.parquet",
            participant=RUN.eye_participants if RUN.eye_scene_models else [],
        ),
        # Of everybody, those who are only predicted too, in whose scenes nothing else looks for such images.
        identical=(
            "results/eyes/identical.csv"
            if RUN.eye_scene_models and config["eyes"]["quality"]["identical"] == "exclude"
            else []
        ),
    output:
        "results/scenes/scores.csv",
    params:
        models=RUN.scene_models,
        eye_models=RUN.eye_scene_models,
        classes={model: RUN.classes_of(model) for model in RUN.scene_models},
        length_s=config["emg"]["windows"]["length_s"],
        # Runs of labelled eye frames are trimmed already (eyes.frames).
        trim_start_s=config["emg"]["windows"]["trim_start_s"] if RUN.has_emg else 0.0,
        trim_end_s=config["emg"]["windows"]["trim_end_s"] if RUN.has_emg else 0.0,
        rate_hz=config["emg"]["rate_hz"],
        synthetic=RUN.synthetic,
    script:
        "../workflow_scripts/score_scenes.py"
