"""How far blendshapes of `myoscene face-parameters` lie from those of mediapipe, with the same model file.

    python3.11 -m venv reference && reference/bin/pip install mediapipe==0.10.21 av==18.1.0 ai-edge-litert==2.3.0
    PYTHONPATH=workflow_scripts unshare -n reference/bin/python docs/face_reference.py clip.mp4 --size 1920x1080

In an environment of its own, since mediapipe is no part of this project: later versions send metrics, and `unshare -n`
(as root) takes the network away from this one, too. Prints a row of the table in docs/face.md.
"""

import argparse
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from myoscene.face.mesh import Tracker
from myoscene.face.model import PLACE, load_networks, read_model
from numpy.typing import NDArray

# A parameter has moved where its standard deviation is above this.
MOVED = 0.005


def frames(path: Path, size: tuple[int, int] | None) -> Iterator[tuple[float, NDArray[np.uint8], NDArray[np.uint8]]]:
    """Time in seconds and the same picture as RGB and as RGBA."""
    import av

    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            time_s = frame.time
            if size:
                frame = frame.reformat(*size, "rgb24", interpolation="BICUBIC")
            yield time_s, frame.to_ndarray(format="rgb24"), frame.to_ndarray(format="rgba")


def main() -> None:
    import mediapipe
    from mediapipe.tasks.python import BaseOptions, vision

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--size", help="WIDTHxHEIGHT to which the clip is enlarged")
    parser.add_argument("--frames", type=int, help="at most so many")
    options = parser.parse_args()
    width, height = (int(part) for part in options.size.split("x")) if options.size else (0, 0)
    told = vision.FaceLandmarkerOptions(
        BaseOptions(model_asset_path=str(PLACE)), vision.RunningMode.VIDEO, output_face_blendshapes=True
    )
    tracker, both = Tracker(load_networks(read_model(PLACE))), []
    with vision.FaceLandmarker.create_from_options(told) as reference:
        for time_s, rgb, rgba in islice(frames(options.clip, (width, height) if width else None), options.frames):
            picture = mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(rgb))
            # The filter of mediapipe leaves out what is at 0 ms.
            found = reference.detect_for_video(picture, round(time_s * 1000) + 1).face_blendshapes
            face = tracker.follow(rgba, time_s)[1]
            assert bool(found) == (face is not None), f"one of both sees a face at {time_s:.3f} s"
            if face:
                both.append((face.blendshapes, [item.score for item in found[0]]))
    ours, theirs = (np.array(part) for part in zip(*both, strict=True))
    apart = np.abs(ours - theirs)
    moved = np.flatnonzero(theirs.std(axis=0) > MOVED)
    r = [np.corrcoef(ours[:, place], theirs[:, place])[0, 1] for place in moved]
    print(
        f"| {options.clip.stem} {options.size or ''} | {len(both)} | {apart.mean():.4f} | {apart.max():.3f} | "
        f"{min(r):.4f} (median {np.median(r):.4f}, {sum(value < 0.99 for value in r)} of {len(r)} below 0.99) |"
    )


if __name__ == "__main__":
    main()
