"""The stage `face`: videos of faces, or tables of other tools -> parameters of each frame on the clock of the EMG."""

from myoscene.core.stage import Figure, Stage, Table

_PEOPLE = {"participant": "face_participants"}

STAGE = Stage(
    name="face",
    after=("recordings",),
    when="has_face",
    groups={"prepare": ("prepare_face",), "cohort": ("check_faces",)},
    tables=(
        Table(
            "face/parameters/{participant}.parquet",
            schema="PARTICIPANT_FACES",
            over=_PEOPLE,
            read=True,
            page="face_parameters",
            drawn=True,
        ),
        Table("face/sheets/{participant}.parquet", schema="PARTICIPANT_SHEET", over=_PEOPLE),
        Table("face/sheet.csv", schema="SHEET", read=True, page="face_sheet"),
    ),
    figures=(Figure("face_traces", "Faces"),),
)
