"""Clips with drawn electrodes; the model, the runtimes and the real videos are those of the tests of faces."""

import json
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from face.conftest import canonical, files, have, model, networks, runtime, videos  # noqa: F401
from myoscene.face.geometry import Canonical
from myoscene.face.mesh import Networks, Tracker
from myoscene.face.video import read_video


@dataclass(frozen=True)
class Clips:
    """The same frames of a real face, untouched and with drawn electrodes; what is marked in the first one."""

    clean: Path
    sensor: Path
    marks: Path


@pytest.fixture(scope="session")
def opencv(repository: Path) -> None:
    """OpenCV, of the environment or beside it."""
    have("cv2", "opencv", repository / "requirements-restore.lock")


@pytest.fixture(scope="session")
def clips(
    videos: Path,  # noqa: F811
    networks: Networks,  # noqa: F811
    canonical: Canonical,  # noqa: F811
    opencv: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Clips:
    """12 frames, 320 x 272, of which the last is farther from the one before than the others."""
    from myoscene.restore.electrodes import arrange
    from myoscene.restore.writer import video_writer

    folder = tmp_path_factory.mktemp("clips")
    found = Clips(folder / "clean.mp4", folder / "sensor.mp4", folder / "marks.json")
    drawing, tracker = arrange(canonical.points, seed=1), Tracker(networks)
    with video_writer(found.clean, found.clean) as clean, video_writer(found.sensor, found.sensor) as sensor:
        for number, picture in enumerate(islice(read_video(videos / "single_face.mp4"), 12)):
            frame = np.ascontiguousarray(picture.pixels[20:292, 140:460])
            face = tracker.follow(frame, picture.time_s)[1]
            assert face is not None
            if number == 0:
                polygons = [
                    np.clip(points.round(1), 0, (320, 272)).tolist() for points in drawing.shapes(face.landmarks)
                ]
                told = {"time_s": 0, "width": 320, "height": 272, "polygons": polygons}
                found.marks.write_text(json.dumps(told))
            time_s = number / 25 + 0.3 * (number == 11)
            clean.write(frame, time_s)
            sensor.write(drawing.draw(frame, face.landmarks)[0], time_s)
    return found


@pytest.fixture
def no_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
