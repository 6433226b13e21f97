"""Settings of face parameters: of a video, and of the stage."""

from dataclasses import dataclass
from typing import Annotated, Literal

from myoscene.core.settings import Count, DatasetPath, FilePath, Fraction, Positive, Within


@dataclass(frozen=True)
class FaceSettings:
    """How a video of a face becomes parameters."""

    presence_min: Fraction = 0.5
    """A face counts as seen from this presence on, and a place as a face from this score on. [MediaPipe's default]"""

    smooth: bool = True
    """Smooth the landmarks by MediaPipe's one-euro filter; false: leave them as they are, without its lag of some
    frames. [MediaPipe, mode VIDEO]"""

    mirror_every: Annotated[int, Within(ge=0)] = 1
    """Look at the mirror image of every n-th frame, too; 0: of none."""

    yaw_max_deg: Positive = 30.0
    """A face that is turned further to a side is marked: half of it is hardly seen."""

    rate_min_hz: Positive = 5.0
    """Videos with fewer frames a second are refused: expressions last from half a second."""

    rate_max_hz: Positive = 120.0
    """Of videos with more frames a second, some are left out."""

    look_every: Count = 15
    """Faces are counted in every n-th frame."""

    several_faces: bool = False
    """Follow one face where there are several, instead of refusing the video."""

    batch: Count = 512
    """Frames of which the parameters are in memory at a time."""


@dataclass(frozen=True)
class FaceStageSettings:
    """Faces: parameters of expression from videos, or from tables of what other tools measured."""

    files: Literal["auto", "required", "none"] = "auto"
    """`auto`: use the dataset's videos and tables of faces (sourcedata/sub-*/[ses-*/]face/) where it has any;
    `required`: stop where there are none; `none`: leave them aside."""
    offsets: DatasetPath | None = None
    """TSV (participant_id, offset_s) with the seconds to add to a person's face times to get the recording's clock,
    relative to the dataset. `null`: sourcedata/face_offsets.tsv, or 0 where there is none."""
    model: FilePath | None = None
    """A copy of yours of MediaPipe's `face_landmarker.task`, for videos. `null`: the one that `make face-model` got."""
    video: FaceSettings = FaceSettings()
