# Mapping: face parameters from muscles (emg2exp) and muscles from face parameters (exp2emg): every model and protocol over
# everybody, and what is predicted over each person's scenes by a model that never saw these. A job a direction, since
# starting one takes longer than most of what it does.
#
# requires  results/recordings/participants/, results/emg/envelopes/ and results/face/parameters/
# makes     results/mapping/{emg2exp,exp2emg}/{summary,scores,lags,coefficients}.csv, example.parquet and
#           predictions/{participant}.parquet; on request results/mapping/emg2exp/live_link/{participant}.csv


def mapped(people):
    """What a direction that predicts over the scenes of ``people`` reads: their recordings, muscles and faces."""
    return {
        "recordings": expand("results/recordings/participants/{participant}.parquet", participant=people),
        "envelopes": expand("results/emg/envelopes/{participant}.parquet", participant=people),
        "faces": expand("results/face/parameters/{participant}.parquet", participant=RUN.face_participants),
    }


def written(direction, people):
    """What it writes."""
    names = {name: f"results/mapping/{direction}/{name}.csv" for name in ("summary", "scores", "lags", "coefficients")}
    names["example"] = f"results/mapping/{direction}/example.parquet"
    names["predictions"] = expand(
        f"results/mapping/{direction}/predictions/{{participant}}.parquet", participant=people
    )
    return names


if "emg2exp" in RUN.mapping_directions:

    rule map_emg2exp:
        input:
            **mapped(RUN.participants),
        output:
            **written("emg2exp", RUN.participants),
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
            **mapped(RUN.face_participants),
        output:
            **written("exp2emg", RUN.face_participants),
        resources:
            mem_mb=memory(1500, inputs=20),
            runtime=minutes(20, person=5),
        params:
            **RUN.mapping_told("exp2emg"),
        script:
            "../workflow_scripts/map_exp2emg.py"
