# Mapping: face parameters from muscles (emg2exp) and muscles from face parameters (exp2emg): every model and protocol over
# everybody, and what is predicted over each person's scenes by a model that never saw these. A job a direction, since
# starting one takes longer than most of what it does.
#
# requires  results/recordings/participants/, results/emg/envelopes/ and results/face/parameters/
# makes     results/mapping/{emg2exp,exp2emg}/{summary,scores,lags,coefficients}.csv, example.parquet and
#           predictions/{participant}.parquet; on request results/mapping/emg2exp/live_link/{participant}.csv


if "emg2exp" in RUN.mapping_directions:

    rule map_emg2exp:
        input:
            recordings=expand("results/recordings/participants/{participant}.parquet", participant=RUN.participants),
            envelopes=expand("results/emg/envelopes/{participant}.parquet", participant=RUN.participants),
            faces=expand("results/face/parameters/{participant}.parquet", participant=RUN.face_participants),
        output:
            summary="results/mapping/emg2exp/summary.csv",
            scores="results/mapping/emg2exp/scores.csv",
            lags="results/mapping/emg2exp/lags.csv",
            coefficients="results/mapping/emg2exp/coefficients.csv",
            example="results/mapping/emg2exp/example.parquet",
            predictions=expand(
                "results/mapping/emg2exp/predictions/{participant}.parquet", participant=RUN.participants
            ),
        resources:
            mem_mb=memory(1500, inputs=20),
            runtime=minutes(20, person=5),
        params:
            **RUN.mapping_told("emg2exp"),
        script:
            "../workflow_scripts/map_emg2exp.py"

    rule write_live_link:
        input:
            "results/mapping/emg2exp/predictions/{participant}.parquet",
        output:
            "results/mapping/emg2exp/live_link/{participant}.csv",
        script:
            "../workflow_scripts/write_live_link.py"


if "exp2emg" in RUN.mapping_directions:

    rule map_exp2emg:
        input:
            recordings=expand(
                "results/recordings/participants/{participant}.parquet", participant=RUN.face_participants
            ),
            envelopes=expand("results/emg/envelopes/{participant}.parquet", participant=RUN.face_participants),
            faces=expand("results/face/parameters/{participant}.parquet", participant=RUN.face_participants),
        output:
            summary="results/mapping/exp2emg/summary.csv",
            scores="results/mapping/exp2emg/scores.csv",
            lags="results/mapping/exp2emg/lags.csv",
            coefficients="results/mapping/exp2emg/coefficients.csv",
            example="results/mapping/exp2emg/example.parquet",
            predictions=expand(
                "results/mapping/exp2emg/predictions/{participant}.parquet", participant=RUN.face_participants
            ),
        resources:
            mem_mb=memory(1500, inputs=20),
            runtime=minutes(20, person=5),
        params:
            **RUN.mapping_told("exp2emg"),
        script:
            "../workflow_scripts/map_exp2emg.py"
