# The stage learn on EMG and eye images together.
#
# requires  predictions of the fusion models and of the two that they join (results/learn)
# makes     results/learn/{modalities,modalities_comparison}.csv

if RUN.fusion_models:

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
            **RUN.judged("permutations", "bootstrap"),
            window_models=["cnn_tcn", *RUN.fusion_models],
            frame_models=["eye_cnn"],
            length_s=config["emg"]["windows"]["length_s"],
            bins=config["learn"]["evaluation"]["calibration_bins"],
        script:
            "../workflow_scripts/compare_modalities.py"
