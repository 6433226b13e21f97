# Scenes: continuous expression over each scene, and what is made of it.
#
# requires  results/recordings/{participants,events}/, results/emg/{features,signals,normalisers,envelopes}/ and, with
#           scene models, one checkpoint a fold: results/learn/{model}/{fold}.safetensors and .json
# makes     results/scenes/predictions/{model}/{participant}.parquet, results/scenes/expression_features.{parquet,csv},
#           results/scenes/feature_dictionary.csv, results/scenes/scores.csv

if SCENE_MODELS:

    rule predict_scenes:
        input:
            checkpoint=scene_checkpoint,
            card=lambda wildcards: scene_checkpoint(wildcards).replace(
                ".safetensors", ".json"
            ),
            recordings="results/recordings/participants/{participant}.parquet",
            events="results/recordings/events/{participant}.parquet",
            data=scene_data,
            normaliser="results/emg/normalisers/{participant}.json",
            code=code("predict_scenes"),
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
            mem_mb=1500,
        params:
            classes=config["recordings"]["classes"],
            conditioning=config["emg"]["filters"],
            rate_hz=config["emg"]["rate_hz"],
            length_s=config["emg"]["windows"]["length_s"],
            hop_s=config["emg"]["windows"]["hop_s"],
            smoothing_s=config["scenes"]["smoothing_s"],
            minimum_dwell_s=config["scenes"]["minimum_dwell_s"],
            probability_floor=config["scenes"]["probability_floor"],
        script:
            "../workflow_scripts/predict_scenes.py"


rule expression_features:
    input:
        recordings=expand(
            "results/recordings/participants/{participant}.parquet",
            participant=PARTICIPANTS,
        ),
        events=expand(
            "results/recordings/events/{participant}.parquet", participant=PARTICIPANTS
        ),
        envelopes=expand(
            "results/emg/envelopes/{participant}.parquet", participant=PARTICIPANTS
        ),
        # The first scene model makes the features; without one there are envelope features only.
        predictions=expand(
            "results/scenes/predictions/{model}/{participant}.parquet",
            model=SCENE_MODELS[:1],
            participant=PARTICIPANTS,
        ),
        code=code("expression_features"),
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
        mem_mb=1500,
    params:
        classes=config["recordings"]["classes"],
        hop_s=config["emg"]["windows"]["hop_s"],
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/expression_features.py"


rule score_scenes:
    input:
        predictions=expand(
            "results/scenes/predictions/{model}/{participant}.parquet",
            model=SCENE_MODELS,
            participant=PARTICIPANTS,
        ),
        events=expand(
            "results/recordings/events/{participant}.parquet", participant=PARTICIPANTS
        ),
        code=code("score_scenes"),
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
        mem_mb=800,
    params:
        models=SCENE_MODELS,
        classes=config["recordings"]["classes"],
        length_s=config["emg"]["windows"]["length_s"],
        trim_start_s=config["emg"]["windows"]["trim_start_s"],
        trim_end_s=config["emg"]["windows"]["trim_end_s"],
        rate_hz=config["emg"]["rate_hz"],
        synthetic=SYNTHETIC,
    script:
        "../workflow_scripts/score_scenes.py"
