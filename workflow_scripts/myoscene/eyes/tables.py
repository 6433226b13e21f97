"""Tables of the stage `eyes`."""

import pyarrow as pa

from myoscene.core.tables import Schema

FRAMES = Schema(
    name="eye frames",
    grain="one frame: the pair of left and right image (or one of them), in the order of the image store; by session, "
    "recording, time",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "recording": pa.string(),
        # "scene" where a scene's EMG was recorded with it or its task is in recordings.scene_tasks; "calibration" else.
        "kind": pa.string(),
        "frame": pa.int64(),
        # On the recording's clock; missing where the index gives no times.
        "time_s": pa.float64(),
        # After trimming; missing where a frame has none. `eyes.closed` and `eyes.neutral` included.
        "label": pa.string(),
        # Number of the run of equal labels in its recording, -1 outside.
        "event": pa.int32(),
        # Whether that eye is there and of use (not flagged).
        "has_left": pa.bool_(),
        "has_right": pa.bool_(),
        # File relative to the dataset; of a stack or video with `#` and the number in it. Missing where there is none.
        "left_image": pa.string(),
        "right_image": pa.string(),
        # Of the file's bytes; of a stack or video, of the decoded values.
        "left_sha256": pa.string(),
        "right_sha256": pa.string(),
        **{
            f"{side}_{measure}": pa.float32()
            for side in ("left", "right")
            for measure in ("mean", "sd", "saturated_fraction", "sharpness")
        },
        # `left:blank;right:frozen`, or "".
        "flags": pa.string(),
        # Row of its session's mean neutral image in the neutrals' store, -1 where the session has none.
        "neutral": pa.int32(),
        # It went into that mean.
        "made_neutral": pa.bool_(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset(
        {
            "time_s",
            "label",
            *(
                f"{side}_{name}"
                for side in ("left", "right")
                for name in ("image", "sha256", "mean", "sd", "sharpness")
            ),
            *(f"{side}_saturated_fraction" for side in ("left", "right")),
        }
    ),
)

PERSONALISATION = Schema(
    name="personalisation",
    grain="participant x session: how its frames are personalised",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "method": pa.string(),  # personalised or plain
        "neutral_frames": pa.int64(),
        "neutral_s": pa.float64(),
        "reason": pa.string(),  # "" or why it is plain
        "synthetic": pa.bool_(),
    },
)

SHEET = Schema(
    name="sheet of eye recordings",
    grain="participant x session x recording",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "recording": pa.string(),
        "kind": pa.string(),
        "frames": pa.int64(),
        "labelled": pa.int64(),
        "left_only": pa.int64(),
        "right_only": pa.int64(),
        "rate_hz": pa.float64(),
        # Expected frames at that rate minus those that are there.
        "missing": pa.int64(),
        "blank": pa.int64(),
        "saturated": pa.int64(),
        "blurred": pa.int64(),
        "frozen": pa.int64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"rate_hz"}),
)

IDENTICAL = Schema(
    name="identical images",
    grain="image whose bytes another image of another label or another person has too; rows of one group share `group`",
    columns={
        "group": pa.int64(),
        "participant": pa.string(),
        "image": pa.string(),
        "eye": pa.string(),
        "label": pa.string(),
        "problem": pa.string(),  # "different labels", "different people", or both joined by "; "
        "sha256": pa.string(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"label"}),
)

# Reason of a frame that trains, where its person does, but is not scored: another person has an image of it, too.
SHARED = "shared"

REMOVED = Schema(
    name="removed frames",
    grain="labelled frame that is not scored, and why; only the shared ones train",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "recording": pa.string(),
        "frame": pa.int64(),
        "time_s": pa.float64(),
        "label": pa.string(),
        "reason": pa.string(),  # neutral mean, quality, identical, shared, blink
        "p_closed": pa.float64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"time_s", "p_closed"}),
)

EYE_FEATURES = Schema(
    name="eye features",
    grain="frame, as the networks of the participant's own held-out fold see it",
    columns={
        "participant": pa.string(),
        "session": pa.string(),
        "recording": pa.string(),
        "kind": pa.string(),
        "frame": pa.int64(),
        "time_s": pa.float64(),
        "label": pa.string(),
        # 1 - probability of closed eyes by the fold's blink classifier; missing where there is none.
        "openness": pa.float32(),
        "blink": pa.bool_(),
        "flags": pa.string(),
        "personalised": pa.bool_(),
    },
    patterns=((r"embedding__\d{3,4}", pa.float32()),),
    nullable=frozenset({"time_s", "label", "openness"}),
)
