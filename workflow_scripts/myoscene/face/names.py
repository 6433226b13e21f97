"""What the networks' numbers are called, and which of them are of the left and of the right side.

Left and right are the person's own, as in ARKit and MediaPipe.
"""

import numpy as np

# In the order of the blendshape network's output (MediaPipe, face_blendshapes_graph.cc).
_NAMES = (
    "_neutral browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff cheekSquintLeft "
    "cheekSquintRight eyeBlinkLeft eyeBlinkRight eyeLookDownLeft eyeLookDownRight eyeLookInLeft eyeLookInRight "
    "eyeLookOutLeft eyeLookOutRight eyeLookUpLeft eyeLookUpRight eyeSquintLeft eyeSquintRight eyeWideLeft "
    "eyeWideRight jawForward jawLeft jawOpen jawRight mouthClose mouthDimpleLeft mouthDimpleRight mouthFrownLeft "
    "mouthFrownRight mouthFunnel mouthLeft mouthLowerDownLeft mouthLowerDownRight mouthPressLeft mouthPressRight "
    "mouthPucker mouthRight mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthSmileLeft "
    "mouthSmileRight mouthStretchLeft mouthStretchRight mouthUpperUpLeft mouthUpperUpRight noseSneerLeft "
    "noseSneerRight"
)
BLENDSHAPES = tuple(_NAMES.split())

# Parameters that this network leaves near 0 whatever a face does (at most 0.05 in the videos that the tests read), and
# one that it does not have.
NEVER_MOVED = (
    "cheekPuff", "eyeWideLeft", "eyeWideRight", "noseSneerLeft", "noseSneerRight"
)  # fmt: skip
LACKING = ("tongueOut",)

EXCURSIONS = ("brow_left", "brow_right", "lid_left", "lid_right", "mouth_left", "mouth_right")
PARAMETERS = (*BLENDSHAPES, *EXCURSIONS)

# The landmarks that the blendshape network is given (MediaPipe, face_blendshapes_graph.cc).
_POINTS = (
    "0 1 4 5 6 7 8 10 13 14 17 21 33 37 39 40 46 52 53 54 55 58 61 63 65 66 67 70 78 80 81 82 84 87 88 91 93 95 103 "
    "105 107 109 127 132 133 136 144 145 146 148 149 150 152 153 154 155 157 158 159 160 161 162 163 168 172 173 176 "
    "178 181 185 191 195 197 234 246 249 251 263 267 269 270 276 282 283 284 285 288 291 293 295 296 297 300 308 310 "
    "311 312 314 317 318 321 323 324 332 334 336 338 356 361 362 365 373 374 375 377 378 379 380 381 382 384 385 386 "
    "387 388 389 390 397 398 400 402 405 409 415 454 466 468 469 470 471 472 473 474 475 476 477"
)
BLENDSHAPE_POINTS = np.array(_POINTS.split(), dtype=np.int64)


def other_side(name: str) -> str:
    """The parameter that the mirror image of a face shows where the face shows ``name``."""
    for one, other in (("Left", "Right"), ("_left", "_right")):
        if name.endswith(one):
            return name.removesuffix(one) + other
        if name.endswith(other):
            return name.removesuffix(other) + one
    return name


# Of a mirror image's parameters, the place of each one that belongs to the face itself.
MIRRORED = np.array([PARAMETERS.index(other_side(name)) for name in PARAMETERS])
