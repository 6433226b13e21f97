"""The table of face parameters."""

import pyarrow as pa

from myoscene.core.tables import real, real32, table, text, truth, whole, whole32
from myoscene.face.names import PARAMETERS

# Of a parameter: the mean of the face and its mirror image, which the networks' own difference of sides leaves alone.
MEAN = "_mirror_mean"

# Names of parameters.
NAME = r"[A-Za-z_][A-Za-z0-9_]*"

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
    patterns=((NAME, pa.float64()),),
)

# What the workflow reads of both, of one participant: the parameters that the tool measures.
PARTICIPANT_FACES = table(
    "participant_faces",
    "one frame of a recording's video, on the clock of its EMG: the parameters that the tool measures",
    text("participant", "session", "recording"),
    whole("frame"),
    real("time_s"),
    truth("is_face"),
    patterns=((NAME, pa.float32()),),
)

_SHEET = (
    text("participant", "session", "recording"),
    # A video or a table of parameters, whose tool, and which file.
    text("source", "tool", "file"),
    whole("n_frames"),
    # From the first frame to the last; frames a second by the median of the times between them.
    real("duration_s", "rate_hz"),
    truth("has_variable_rate"),
    # Of the frames: those with a face that is neither turned away nor frozen, and those while the EMG was recorded.
    real("usable_fraction", "in_recording_fraction", "offset_s"),
    # Names joined by `;`: parameters that did not change, and those that the model never moves.
    text("still", "never_moved"),
    # The parameter in which face and mirror image differ most, and by how much on average; of videos.
    text("mirror_bias_in"),
    real("mirror_bias?"),
    truth("synthetic"),
)
SHEET = table(
    "face_sheet", "a recording with a video or a table of the face: rate, coverage, what did not move", *_SHEET
)
# With the names of all parameters, joined by `;`.
PARTICIPANT_SHEET = table("participant_face_sheet", "a recording of one participant", *_SHEET, text("parameters"))
