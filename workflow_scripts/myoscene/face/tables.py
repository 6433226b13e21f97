"""The table of face parameters."""

import pyarrow as pa

from myoscene.core.tables import real, real32, table, truth, whole, whole32
from myoscene.face.names import PARAMETERS

# Of a parameter: the mean of the face and its mirror image, which the networks' own difference of sides leaves alone.
MEAN = "_mirror_mean"

FACE_PARAMETERS = table(
    "face_parameters",
    "one frame of a video",
    whole32("frame"),
    real("time_s"),
    real32("presence?"),
    whole32("faces"),
    truth("is_face", "is_turned", "is_frozen"),
    real32("yaw_deg?", "pitch_deg?", "roll_deg?"),
    real32(*(f"{name}?" for name in PARAMETERS)),
    real32(*(f"{name}{MEAN}?" for name in PARAMETERS)),
)

# What other tools measured, whatever parameters these are.
FACE_TABLE = table(
    "face_table",
    "one frame of a video",
    whole("frame"),
    real("time_s"),
    truth("is_face"),
    patterns=((r"[A-Za-z_][A-Za-z0-9_]*", pa.float64()),),
)
