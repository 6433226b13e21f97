"""What a person is told of a whole video: how much of it can be used, and what the numbers cannot say."""

from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from myoscene.face.model import SHA256
from myoscene.face.names import LACKING, NEVER_MOVED, PARAMETERS
from myoscene.face.parameters import Clip, rate_hz

# A parameter that changes less in a video has not moved; an interval that differs more from the median is irregular.
_STILL, _IRREGULAR = 0.02, 0.1


@dataclass(frozen=True)
class Summary:
    """One video. Shares are of its frames, that of several faces of the frames in which they were counted.

    Attributes:
        frames_left_out: those above the largest rate.
        never_moved_by_model: parameters that this model leaves alone, or lacks, whatever a face does.
        still_in_this_video: those that did not change here.
        mirror_bias: parameter -> mean of its value less its value in the mirror image, both for the same side of the
            face: what the networks' own difference of sides adds. Empty where no mirror image was looked at.
    """

    frames: int
    frames_left_out: int
    rate_hz: float
    has_variable_rate: bool
    irregular_share: float
    face_share: float
    turned_share: float
    frozen_share: float
    several_faces_share: float
    never_moved_by_model: tuple[str, ...]
    still_in_this_video: tuple[str, ...]
    mirror_bias: dict[str, float]
    model_sha256: str
    runtime: str

    def told(self) -> str:
        """Some lines for a terminal."""
        lines = [f"{self.frames} frames at {self.rate_hz:.4g} a second, with a face in {self.face_share:.0%} of them"]
        for share, meaning in (
            (self.turned_share, "frames show a face that is turned too far (is_turned)"),
            (self.frozen_share, "frames are the same as the one before (is_frozen)"),
            (self.several_faces_share, "frames that were looked at show several faces (faces)"),
            (self.irregular_share, "frames come early or late: the rate varies, and time_s is to be used"),
        ):
            lines += [f"{share:.1%} of the {meaning}"] if share else []
        if self.frames_left_out:
            lines.append(f"{self.frames_left_out} frames were left out, to stay below the largest rate")
        lines.append(f"this model never really moves {', '.join(self.never_moved_by_model)}")
        if self.mirror_bias:
            name = max(self.mirror_bias, key=lambda item: abs(self.mirror_bias[item]))
            lines.append(
                f"face and mirror image differ most in {name}, by {self.mirror_bias[name]:+.3f} on average: columns "
                "*_mirror_mean are the mean of both"
            )
        return "\n".join(lines)


def summarise(clip: Clip) -> Summary:
    """The summary of a video that has been gone through."""
    intervals = np.diff(clip.times_s)
    irregular = np.abs(intervals / np.median(intervals) - 1) > _IRREGULAR
    frames = len(clip.times_s)
    moved = zip(PARAMETERS, clip.high - clip.low, strict=True)
    bias = zip(PARAMETERS, clip.bias / max(clip.mirrored, 1), strict=True)
    return Summary(
        frames=frames,
        frames_left_out=clip.left_out,
        rate_hz=round(rate_hz(clip), 4),
        has_variable_rate=bool(irregular.any()),
        irregular_share=round(float(irregular.mean()), 4),
        face_share=round(clip.seen / frames, 4),
        turned_share=round(clip.turned / frames, 4),
        frozen_share=round(clip.frozen / frames, 4),
        several_faces_share=round(clip.several / clip.looks, 4),
        never_moved_by_model=(*NEVER_MOVED, *LACKING),
        still_in_this_video=tuple(name for name, span in moved if span < _STILL),
        mirror_bias={name: round(float(value), 4) for name, value in bias} if clip.mirrored else {},
        model_sha256=SHA256,
        runtime=f"ai-edge-litert {version('ai-edge-litert')}",
    )
