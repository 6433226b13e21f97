# The stage learn on EMG and eye images together.
#
# requires  results/learn/cohort/ (signals and eyes), results/learn/{cnn_tcn,eye_cnn}/, results/learn/blinks/
# makes     results/learn/{fusion_late,fusion_joint}/, results/learn/{modalities,modalities_comparison}.csv

if RUN.fusion_models:

    rule train_fusion:
        input:
            signals="results/learn/cohort/signals.parquet",
            eyes="results/learn/cohort/eyes.parquet",
            images="results/learn/cohort/eyes.npy",
            neutrals="results/learn/cohort/eye_neutrals.npy",
            identity=RUN.identity("fusion_late"),
            folds="results/learn/folds.csv",
            blinks=RUN.removed_blinks,
            # The fold's own models: nobody knows the people that it holds out.
            emg="results/learn/cnn_tcn/{fold}.safetensors",
            emg_card="results/learn/cnn_tcn/{fold}.json",
            eye_model="results/learn/eye_cnn/{fold}.safetensors",
            eye_card="results/learn/eye_cnn/{fold}.json",
        output:
            checkpoint="results/learn/{model}/{fold}.safetensors",
            card="results/learn/{model}/{fold}.json",
        wildcard_constraints:
            model="fusion_late|fusion_joint",
        conda:
            "../envs/torch.yaml"
        resources:
            mem_mb=memory(1300, inputs=15),
            runtime=minutes(20, person=2),
            # Resources and not params: how often the state is kept changes no result and must rerun nothing.
            resume_every_epochs=config["execution"]["resume_every_epochs"],
            log_every_epochs=config["execution"]["log_every_epochs"],
        params:
            n_eyes=RUN.n_eyes,
            classes=config["recordings"]["classes"],
            about=lambda wildcards: RUN.about(wildcards.model),
            resume="results/learn/resume/{model}/{fold}.safetensors",
        script:
            "../workflow_scripts/train_fusion.py"

    # The EMG model whose windows the fusion models predict, the eye model inside them, and the fusion models.
    rule compare_modalities:
        input:
            windows=expand("results/learn/{model}/predictions.parquet", model=["cnn_tcn", *RUN.fusion_models]),
            frames=["results/learn/eye_cnn/predictions.parquet"],
        output:
            scores="results/learn/modalities.csv",
            comparison="results/learn/modalities_comparison.csv",
        resources:
            mem_mb=memory(700),
        params:
            window_models=["cnn_tcn", *RUN.fusion_models],
            frame_models=["eye_cnn"],
            length_s=config["emg"]["windows"]["length_s"],
            bins=config["learn"]["evaluation"]["calibration_bins"],
            permutations=config["learn"]["evaluation"]["permutations"],
            bootstrap=config["learn"]["evaluation"]["bootstrap"],
            seed=config["learn"]["seed"],
            synthetic=RUN.synthetic,
        script:
            "../workflow_scripts/compare_modalities.py"
