"""How much of a face comes back from under drawn electrodes, on real clips: the table in docs/restore.md.

    make restore
    .venv/bin/python docs/restore_figures.py single_face.mp4 --frames 72 --size 1024x576 --net

The clips are those that the tests read (tests/face/conftest.py). 44 electrodes and their cables are drawn onto every
frame, where the mesh sees the face in the untouched one. With --net, the first 60 % of the frames are the reference
clip that the network learns from, and the table is of the others: the same person, other frames, other electrodes.
"""

import argparse
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from myoscene.face.geometry import read_canonical
from myoscene.face.mesh import Networks, Tracker
from myoscene.face.model import PLACE, load_networks, read_model
from myoscene.face.video import Picture, read_video
from myoscene.restore.electrodes import arrange
from myoscene.restore.find import NetFinder
from myoscene.restore.follow import Follower, drawn
from myoscene.restore.inpaint import paint_over
from myoscene.restore.judge import Judge, table
from myoscene.restore.marks import Points
from myoscene.restore.net import learn
from myoscene.restore.settings import NetSettings, RestoreSettings
from myoscene.restore.writer import video_writer

REFERENCE = 0.6


def pictures(path: Path, size: tuple[int, int] | None, count: int) -> Iterator[Picture]:
    import cv2

    for picture in islice(read_video(path), count):
        if size is None:
            yield picture
        else:
            yield Picture(cv2.resize(picture.pixels, size, interpolation=cv2.INTER_CUBIC), picture.time_s)


def learnt(shown: list[Picture], canonical: Points, networks: Networks) -> NetFinder:
    """The network of a reference clip."""
    with tempfile.TemporaryDirectory() as folder:
        reference = Path(folder) / "reference.mp4"
        with video_writer(reference, reference) as writer:
            for picture in shown:
                writer.write(picture.pixels, picture.time_s)
        found = learn(reference, networks, canonical, NetSettings())
    print(f"learnt from {found.shots} pictures in {found.epochs} rounds; Dice {found.dice:.2f} on the held-out part")
    return NetFinder(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=72)
    parser.add_argument("--size", help="WIDTHxHEIGHT to which the clip is enlarged")
    parser.add_argument("--seed", type=int, default=1, help="of the drawn electrodes")
    parser.add_argument("--net", action="store_true", help="also learn a network from the first 60 %%")
    options = parser.parse_args()
    width, height = (int(part) for part in options.size.split("x")) if options.size else (0, 0)
    shown = list(pictures(options.clip, (width, height) if width else None, options.frames))
    files, settings = read_model(PLACE), RestoreSettings()
    networks = load_networks(files)
    canonical = read_canonical(files["geometry_pipeline_metadata_landmarks.binarypb"]).points
    drawing, tracker = arrange(canonical, options.seed), Tracker(networks)
    names = ["as it is", "true mask", "marked once, followed"]
    finder = None
    if options.net:
        cut = round(REFERENCE * len(shown))
        finder = learnt(shown[:cut], canonical, networks)
        names, shown = [*names, "network"], shown[cut:]
    judges, follower, before = {name: Judge(networks) for name in names}, None, None
    for picture in shown:
        truth = tracker.follow(picture.pixels, picture.time_s)[1]
        assert truth is not None, f"no face in the untouched clip at {picture.time_s:.3f} s"
        shapes = drawing.shapes(truth.landmarks)
        hidden, _ = drawing.draw(picture.pixels, truth.landmarks)
        follower = follower or Follower(hidden, tuple(shapes), settings)
        masks = [drawn(shapes, hidden.shape[:2], settings.margin), follower.mask(hidden)]
        masks += [finder(hidden, before)] if finder else []
        for name, frame in zip(names, [hidden, *(paint_over(hidden, mask) for mask in masks)], strict=True):
            # The last one is the network's, which is shown where the face was.
            before = judges[name].add(picture.pixels, truth, np.ascontiguousarray(frame), picture.time_s)
    rows = {name: one.row() for name, one in judges.items()}
    size = f"{shown[0].pixels.shape[1]} x {shown[0].pixels.shape[0]}"
    print(f"{options.clip.stem}, {size}, {len(shown)} frames, {rows['as it is'].moved} parameters move\n")
    print(table(rows))
    print(f"\nframes in which the marked one was not found again: {follower.lost if follower else 0}")


if __name__ == "__main__":
    main()
