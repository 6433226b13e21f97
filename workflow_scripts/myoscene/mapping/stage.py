"""The stage `mapping`: muscles and face parameters -> each predicted from the other, and how well."""

from myoscene.core.stage import Figure, Stage, Table

_EACH = {"direction": "mapping_directions"}
_EMG2EXP = {"participant": lambda run: run.participants if "emg2exp" in run.mapping_directions else []}
_EXP2EMG = {"participant": lambda run: run.face_participants if "exp2emg" in run.mapping_directions else []}

STAGE = Stage(
    name="mapping",
    after=("recordings", "emg", "face"),
    when="mapping_directions",
    groups={"": ("map_emg2exp", "map_exp2emg", "write_live_link")},
    tables=(
        Table(
            "mapping/{direction}/summary.csv",
            schema="STAGE_SUMMARY",
            over=_EACH,
            read=True,
            page="mapping_summary",
            drawn=True,
        ),
        Table("mapping/{direction}/scores.csv", schema="STAGE_SCORES", over=_EACH, read=True),
        Table("mapping/{direction}/lags.csv", schema="STAGE_LAGS", over=_EACH, read=True, page="mapping_lags"),
        Table(
            "mapping/{direction}/coefficients.csv",
            schema="COEFFICIENTS",
            over=_EACH,
            read=True,
            page="mapping_coefficients",
            drawn=True,
        ),
        Table("mapping/{direction}/example.parquet", schema="EXAMPLE", over=_EACH, page="mapping_example", drawn=True),
        Table("mapping/emg2exp/predictions/{participant}.parquet", schema="CONTINUOUS", over=_EMG2EXP, read=True),
        Table("mapping/exp2emg/predictions/{participant}.parquet", schema="CONTINUOUS", over=_EXP2EMG, read=True),
        Table(
            "mapping/emg2exp/live_link/{participant}.csv",
            "predicted blendshapes over scenes as Live Link Face writes them, on request; the hour counts the scenes",
            over=_EMG2EXP,
            asked=True,
        ),
    ),
    figures=(
        Figure("mapping_curve", "Muscles and faces"),
        Figure("mapping_matrix", "Muscles and faces"),
        Figure("mapping_traces", "Muscles and faces"),
    ),
)
