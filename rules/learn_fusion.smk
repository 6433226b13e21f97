# The stage learn on EMG and eye images together.
#
# requires  results/learn/cohort/ (signals and eyes), results/learn/{cnn_tcn,eye_cnn}/, results/learn/blinks/
# makes     results/learn/{fusion_late,fusion_joint}/, results/learn/{modalities,modalities_comparison}.csv

if FUSION_MODELS:

    rule train_fusion:
        input:
            signals="results/learn/cohort/signals.parquet",
            eyes=COHORT_EYES["cohort"],
            images=COHORT_EYES["images"],
            neutrals=COHORT_EYES["neutrals"],
            identity=identity("fusion_late"),
            folds="results/learn/folds.csv",
            blinks=BLINKS,
            # The fold's own models: nobody knows the people that it holds out.
            emg="results/learn/cnn_tcn/{fold}.safetensors",
            emg_card="results/learn/cnn_tcn/{fold}.json",
            eye_model="results/learn/eye_cnn/{fold}.safetensors",
            eye_card="results/learn/eye_cnn/{fold}.json",
        output:
            checkpoint="results/learn/{model}/{fold}.safetensors",
            card="results/learn/{model}/{fold}.json",
        log:
            "results/logs/train_fusion/{model}/{fold}.log",
        benchmark:
            "results/benchmarks/train_fusion/{model}/{fold}.tsv"
        wildcard_constraints:
            model="fusion_late|fusion_joint",
        conda:
            "../envs/torch.yaml"
        threads: 1
        resources:
            mem_mb=memory(1300, inputs=15),
            runtime=minutes(20, person=2),
            # Resources and not params: how often the state is kept changes no result and must rerun nothing.
            resume_every_epochs=config["execution"]["resume_every_epochs"],
            log_every_epochs=config["execution"]["log_every_epochs"],
        params:
            *code("train_fusion"),
            n_eyes=N_EYES,
            classes=config["recordings"]["classes"],
            about=lambda wildcards: about(wildcards.model),
            resume="results/learn/resume/{model}/{fold}.safetensors",
        script:
            "../workflow_scripts/train_fusion.py"

    # The EMG model whose windows the fusion models predict, the eye model inside them, and the fusion models.
    rule compare_modalities:
        input:
            windows=expand(
                "results/learn/{model}/predictions.parquet",
                model=["cnn_tcn", *FUSION_MODELS],
            ),
            frames=["results/learn/eye_cnn/predictions.parquet"],
        output:
            scores="results/learn/modalities.csv",
            comparison="results/learn/modalities_comparison.csv",
        log:
            "results/logs/compare_modalities.log",
        benchmark:
            "results/benchmarks/compare_modalities.tsv"
        conda:
            "../envs/signals.yaml"
        threads: 1
        resources:
            mem_mb=memory(700),
            runtime=minutes(10),
        params:
            *code("compare_modalities"),
            window_models=["cnn_tcn", *FUSION_MODELS],
            frame_models=["eye_cnn"],
            length_s=config["emg"]["windows"]["length_s"],
            bins=config["learn"]["evaluation"]["calibration_bins"],
            permutations=config["learn"]["evaluation"]["permutations"],
            bootstrap=config["learn"]["evaluation"]["bootstrap"],
            seed=config["learn"]["seed"],
            synthetic=SYNTHETIC,
        script:
            "../workflow_scripts/compare_modalities.py"
