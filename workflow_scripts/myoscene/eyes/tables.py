"""Tables of the stage `eyes`."""

import pyarrow as pa

from myoscene.core.tables import real, real32, table, text, truth, whole, whole32

FRAMES = table(
    "eye frames",
    "a frame: the pair of left and right image, or one of them; in the order of the image store, by session, "
    "recording, time",
    text("participant", "session", "recording"),
    # "scene" or "calibration".
    text("kind"),
    whole("frame"),
    # On the recording's clock; missing where the index gives no times.
    real("time_s?"),
    # After trimming; missing where a frame has none. `eyes.closed` and `eyes.neutral` included.
    text("label?"),
    # Number of the run of equal labels in its recording, -1 outside.
    whole32("event"),
    # Whether that eye is there and of use (not flagged).
    truth("has_left", "has_right"),
    # File relative to the dataset; of a stack or video with `#` and the number in it. Missing where there is none.
    text("left_image?", "right_image?"),
    # Of the file's bytes; of a stack or video, of the decoded values.
    text("left_sha256?", "right_sha256?"),
    real32("left_mean?", "left_sd?", "left_saturated_fraction?", "left_sharpness?"),
    real32("right_mean?", "right_sd?", "right_saturated_fraction?", "right_sharpness?"),
    # `left:blank;right:frozen`, or "".
    text("flags"),
    # Row of its session's mean neutral image in the neutrals' store, -1 where the session has none.
    whole32("neutral"),
    # It went into that mean.
    truth("made_neutral", "synthetic"),
)

PERSONALISATION = table(
    "personalisation",
    "a session: personalised or plain, and why",
    text("participant", "session"),
    # "personalised" or "plain"
    text("method"),
    whole("neutral_frames"),
    real("neutral_s"),
    # "", or why it is plain
    text("reason"),
    truth("synthetic"),
)

SHEET = table(
    "sheet of eye recordings",
    "a recording's eye images: frames, rate, missing, one-eyed, blank, saturated, blurred, frozen",
    text("participant", "session", "recording", "kind"),
    whole("frames", "labelled", "left_only", "right_only"),
    real("rate_hz?"),
    # Expected frames at that rate minus those that are there.
    whole("missing", "blank", "saturated", "blurred", "frozen"),
    truth("synthetic"),
)

IDENTICAL = table(
    "identical images",
    "an image that another label or another person has too; those that are the same share `group`",
    whole("group"),
    text("participant", "image", "eye", "label?"),
    # problem: "different labels", "different people", or both joined by "; "
    text("problem", "sha256"),
    truth("synthetic"),
)

# Reason of a frame that trains, where its person does, but is not scored: another person has an image of it, too.
SHARED = "shared"

REMOVED = table(
    "removed frames",
    "a labelled frame that is not scored, and why: neutral mean, quality, identical, shared (these train), blink",
    text("participant", "session", "recording"),
    whole("frame"),
    real("time_s?"),
    text("label", "reason"),
    real("p_closed?"),
    truth("synthetic"),
)

EYE_FEATURES = table(
    "eye features",
    "a frame: embedding by the held-out fold's network, openness, blink, quality",
    text("participant", "session", "recording", "kind"),
    whole("frame"),
    real("time_s?"),
    text("label?"),
    # 1 - probability of closed eyes by the fold's blink classifier; missing where there is none.
    real32("openness?"),
    truth("blink"),
    text("flags"),
    truth("personalised"),
    patterns=((r"embedding__\d{3,4}", pa.float32()),),
)
