"""The stage on a real video: the same as the command, on the clock of the EMG; tables that were measured in a video."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from face.builders import Faces, parameters
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.face.run import face_parameters
from myoscene.face.settings import FaceSettings
from myoscene.face.tables import FACE_PARAMETERS
from myoscene.face.video import frame_times, read_video
from PIL import Image

CLIP = "single_face.mp4"


@pytest.fixture
def faces(tmp_path: Path, videos: Path, model: Path, runtime: None) -> Faces:
    made = Faces(tmp_path)
    shutil.copy(videos / CLIP, made.folder / CLIP)
    return made


def test_a_video_becomes_what_the_command_makes_of_it(faces: Faces, model: Path, tmp_path: Path) -> None:
    faces.index([(CLIP, "task-a", "1.5")], ("file", "recording", "offset_s"))
    assert faces.selected().with_videos == ["01"]
    found, sheet = faces.prepare()
    summary = face_parameters(faces.folder / CLIP, tmp_path / "own.parquet", FaceSettings(), model=model)
    own = read_table(tmp_path / "own.parquet", FACE_PARAMETERS)
    assert len(found) == len(own) == 72 and found["is_face"].all()
    assert np.allclose(found["time_s"], own["time_s"] + 1.5, atol=1e-6)
    names = list(found.columns[6:])
    assert {"jawOpen", "mouth_left_mirror_mean", "yaw_deg"} <= set(names) and not {"faces", "is_turned"} & set(names)
    pd.testing.assert_frame_equal(found[names], own[names], check_dtype=False)
    row = sheet.iloc[0]
    assert (row["source"], row["tool"], row["file"]) == ("video", "MediaPipe", f"sub-01/face/{CLIP}")
    assert row["rate_hz"] == pytest.approx(summary.rate_hz)
    assert set(row["never_moved"].split(";")) == set(summary.never_moved_by_model)
    assert set(row["still"].split(";")) >= set(summary.still_in_this_video)
    assert row["mirror_bias"] == summary.mirror_bias[row["mirror_bias_in"]] != 0


def test_a_table_gets_the_times_of_its_video_and_has_to_be_as_long(faces: Faces, videos: Path) -> None:
    expected = [picture.time_s for picture in read_video(videos / CLIP)]
    assert frame_times(videos / CLIP).tolist() == pytest.approx(expected)
    faces.table("a.parquet", parameters(72 / 30).assign(time_s=np.arange(72) / 7))
    rows = [("a.parquet", "task-a", CLIP)]
    faces.index(rows, ("file", "recording", "video"))
    assert faces.prepare()[0]["time_s"].tolist() == pytest.approx(expected, abs=1e-6)
    faces.table("a.parquet", parameters(71 / 30))
    told = r"row 2: .*a\.parquet has 71 rows and its video .*single_face\.mp4 has 72 frames"
    with pytest.raises(InputError, match=told):
        faces.prepare()


def test_a_folder_of_images_is_a_video_of_a_known_rate(faces: Faces, videos: Path) -> None:
    (faces.folder / CLIP).unlink()
    folder = faces.folder / "frames"
    folder.mkdir()
    for number, picture in zip(range(6), read_video(videos / CLIP), strict=False):
        Image.fromarray(picture.pixels[..., :3]).save(folder / f"{number:03d}.png")
    header = ("file", "recording", "rate_hz")
    faces.index([("frames", "task-a", "12.5")], header)
    assert faces.selected().with_videos == ["01"]
    found, sheet = faces.prepare()
    assert found["is_face"].all() and found["time_s"].tolist() == pytest.approx(np.arange(6) / 12.5)
    assert (sheet.loc[0, "source"], sheet.loc[0, "rate_hz"], sheet.loc[0, "n_frames"]) == ("video", 12.5, 6)
    for rows, told in (
        ([("frames", "task-a", "n/a")], r"frames holds images, which have no times; give the images a second with"),
        ([("frames/000.png", "task-a", "30")], r"row 2: .*000\.png is one image; name the folder"),
    ):
        faces.index(rows, header)
        with pytest.raises(InputError, match=told):
            faces.prepare()
    (folder / "003.png").write_bytes(b"no image")
    faces.index([("frames", "task-a", "12.5")], header)
    with pytest.raises(InputError, match=r"003\.png cannot be read as an image"):
        faces.prepare()
