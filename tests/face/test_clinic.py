"""The command ``face-report``: a made-up recording of which every number is known, and tables that cannot be used."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.cli import main
from myoscene.face.clinic import REGIONS, matrices, paired, read_muscles, read_tasks, results
from myoscene.face.draw import read_faces
from report.html import Page

TIME = np.arange(0, 20, 0.04)
TASKS = "onset\tduration\ttrial_type\tasked\n2\t4\tsmile\t\n8\t4\traise the brows\t\n14\t4\trest\tnone\n"


def hold(start: float, height: float) -> np.ndarray:
    """Up in half a second, held, and down again in half a second."""
    return height * np.clip(np.minimum((TIME - start - 0.5) / 0.5, (start + 3.5 - TIME) / 0.5), 0, 1)


def face_table(bias: float = 0.1) -> pd.DataFrame:
    """A smile of 0.8 and 0.4 that closes the left eye by 0.4, and brows of 0.6; the network adds ``bias`` on the left.

    Mirrored, it adds as much to what is the right side then.
    """
    truth = {
        "mouthSmileLeft": hold(2, 0.8),
        "mouthSmileRight": hold(2, 0.4),
        "eyeBlinkLeft": hold(2, 0.4),
        "eyeBlinkRight": hold(2, 0.0),
        "browOuterUpLeft": hold(8, 0.6),
        "browOuterUpRight": hold(8, 0.6),
    }
    columns = {"frame": np.arange(len(TIME)), "time_s": TIME, "is_face": np.ones(len(TIME), bool)}
    for name, values in truth.items():
        own, mirrored = (values * (1 + bias * (name.endswith(side))) for side in ("Left", "Right"))
        columns |= {name: own, f"{name}_mirror_mean": (own + mirrored) / 2}
    return pd.DataFrame(columns)


def emg_table() -> pd.DataFrame:
    """Envelopes as the face moves."""
    face = face_table(0.0)
    names = {"mouthSmile": "zygomaticus", "eyeBlink": "orbicularis", "browOuterUp": "frontalis"}
    columns = {"time_s": TIME, "battery": np.ones(len(TIME))}
    for shape, muscle in names.items():
        columns |= {f"{muscle}_{side.lower()}": 2 + 40 * face[f"{shape}{side}"] for side in ("Left", "Right")}
    return pd.DataFrame(columns)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    face_table().to_parquet(tmp_path / "t.parquet")
    emg_table().to_csv(tmp_path / "emg.csv", index=False)
    (tmp_path / "tasks.tsv").write_text(TASKS)
    return tmp_path


def run(folder: Path, *more: str, table: str = "t.parquet", out: str = "page.html") -> int:
    return main(["face-report", str(folder / table), "--out", str(folder / out), *more])


def test_every_number_comes_back(files: Path) -> None:
    faces = read_faces(files / "t.parquet", {})
    sides = paired(faces, files / "t.parquet")
    assert sides.names == ("browOuterUp", "eyeBlink", "mouthSmile") and sides.mirrored is not None
    tasks = read_tasks(files / "tasks.tsv", faces)
    assert [task.asked for task in tasks] == [REGIONS.index("mouth"), REGIONS.index("brow"), None]
    found = results(sides, tasks)
    smile = found[0]
    # Means of the face (left 1.1 times) and of its mirror image (right 1.1 times).
    assert smile.excursion[2] == pytest.approx([0.84, 0.42]) and smile.excursion[1] == pytest.approx([0.42, 0.0])
    assert smile.speed[2] == pytest.approx([1.68, 0.84])
    ends = [(0.88 - 0.4) / (0.88 + 0.4), (0.8 - 0.44) / (0.8 + 0.44)]
    assert [smile.low[2], smile.high[2]] == pytest.approx(sorted(ends))
    assert smile.asymmetry[2] == pytest.approx(np.mean(ends)) and smile.asymmetry[1] == pytest.approx(1.0)
    brows = found[1]
    assert brows.asymmetry[0] == pytest.approx(0.0, abs=1e-9) and brows.low[0] < 0 < brows.high[0]
    assert found[2].excursion.max() == 0
    muscles = read_muscles(files / "emg.csv", {})
    along = matrices(found, sides, muscles, files / "emg.csv")
    eye, mouth = REGIONS.index("eye"), REGIONS.index("mouth")
    assert along.video[0, eye] == pytest.approx([1.0, 0.0]) and np.isnan(along.video[0, mouth]).all()
    assert along.emg is not None and along.emg[0, eye] == pytest.approx([1.0, 0.0])
    assert along.activity[0]["zygomaticus_right"] == pytest.approx(0.5)
    assert along.correlation == pytest.approx(1.0) and along.cells == 8


def test_raw_emg_becomes_an_envelope(tmp_path: Path) -> None:
    time = np.arange(0, 4, 0.001)
    sine = np.sqrt(2) * np.sin(2 * np.pi * 50 * time)
    frame = pd.DataFrame({"time_s": time, "zygomaticus_left": 3 * sine, "zygomaticus_right": np.abs(sine)})
    frame.to_csv(tmp_path / "raw.csv", index=False)
    values = read_muscles(tmp_path / "raw.csv", {}).values
    assert values[500:3500, 0, 0] == pytest.approx(3.0, rel=1e-3)
    assert values[:, 0, 1] == pytest.approx(np.abs(sine))


def test_the_page_says_what_it_is_and_shows_drawn_faces_only(files: Path) -> None:
    more = ("--tasks", str(files / "tasks.tsv"), "--emg", str(files / "emg.csv"))
    assert run(files, *more) == 0
    text = (files / "page.html").read_text()
    page = Page(text)
    assert "No diagnosis." in page.text and "SYNTHETIC" not in page.text
    assert page.pictures.count("Muscles, smile") == 1 and sum("Drawn face" in one for one in page.pictures) == 3
    assert (
        page.column("smile", "asymmetry")[0] == "+0.33"
        and page.column("smile", "mirror interval")[0] == "+0.29 to +0.38"
    )
    assert page.tables["From the video"][2][:6] == ["smile", "mouth", "0.00", "0.00", "1.00", "0.00"]
    assert "Spearman's correlation of video and EMG is +1.00" in page.text
    assert (
        "<img" not in text
        and "<script" not in text
        and str(files) not in text
        and "http" not in text.replace("http://www.w3.org/2000/svg", "")
    )
    before = text
    assert run(files, *more) == 0 and (files / "page.html").read_text() == before


def test_names_are_escaped_and_a_page_without_tasks_or_mirror_says_so(files: Path) -> None:
    plain = face_table().drop(columns=[name for name in face_table() if name.endswith("mean")])
    plain.to_csv(files / "<b>.csv", index=False)
    assert run(files, table="<b>.csv") == 0
    text = (files / "page.html").read_text()
    page = Page(text)
    assert "<b>.csv" in page.text and "<b>.csv" not in text
    assert "says nothing of the mirror image" in page.text and "No task asks for a region" in page.text
    assert set(page.column("whole recording", "mirror interval")) == {"–"}


def test_emg_of_one_recording_goes_with_a_table_of_several(files: Path) -> None:
    both = pd.concat([face_table().assign(recording="a"), face_table().assign(recording="b")])
    both.to_parquet(files / "t.parquet")
    assert run(files, "--recording", "b", "--emg", str(files / "emg.csv")) == 0
    assert "recording b" in Page((files / "page.html").read_text()).text


def test_a_table_of_the_demo_says_that_it_is_synthetic(files: Path) -> None:
    (files / "parameters").mkdir()
    (files / "t.parquet").rename(files / "parameters" / "01.parquet")
    (files / "sheet.csv").write_text("participant,synthetic\n01,True\n")
    assert run(files, table="parameters/01.parquet") == 0
    assert "SYNTHETIC DATA" in Page((files / "page.html").read_text()).text


@pytest.mark.parametrize(
    ("tasks", "told"),
    [
        ("onset\tduration\n1\t2\n", "columns onset, duration"),
        ("onset\tduration\ttask\n1\tx\tsmile\n", "line 2: onset or duration is no number"),
        ("onset\tduration\ttask\n1\t0\tsmile\n", "above 0"),
        ("onset\tduration\ttask\n1\t2\tsmile\n90\t2\tsmile\n", "line 3: the task 'smile' lies outside"),
        ("onset\tduration\ttask\tasked\n1\t2\tsmile\tmout\n", "did you mean 'mouth'?"),
        ("onset\tduration\ttask\n1\t0.05\tsmile\n", "fewer than three frames"),
        ("", "cannot be read"),
    ],
)
def test_tasks_that_cannot_be_used_are_refused(
    files: Path, tasks: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "tasks.tsv").write_text(tasks)
    refused(files, told, capsys, "--tasks", str(files / "tasks.tsv"))


def refused(files: Path, told: str, capsys: pytest.CaptureFixture[str], *more: str, out: str = "page.html") -> None:
    before = set(files.iterdir())
    assert run(files, *more, out=out) == 2
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1
    assert set(files.iterdir()) == before


def test_tables_that_do_not_fit_are_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    emg = ("--emg", str(files / "emg.csv"))
    refused(files, "named *.html", capsys, out="page.pdf")
    emg_table().assign(time_s=TIME + 100).to_csv(files / "emg.csv", index=False)
    refused(files, "no signal in the task", capsys, *emg)
    emg_table().rename(columns=lambda name: name.replace("left", "l")).to_csv(files / "emg.csv", index=False)
    refused(files, "no muscle of both sides", capsys, *emg)
    face_table()[["time_s", "mouthSmileLeft"]].to_parquet(files / "t.parquet")
    refused(files, "no parameter of both sides", capsys)
