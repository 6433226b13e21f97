"""Tables of Live Link Face: written, read, and refused."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.face.live_link import VALUES, LiveLinkWriter, read_live_link, timecode
from myoscene.face.names import BLENDSHAPES


def written(frames: int = 5) -> tuple[dict[str, np.ndarray], str]:
    rng = np.random.default_rng(0)
    part = {name: rng.uniform(0, 1, frames) for name in BLENDSHAPES}
    part |= {name: rng.uniform(-40, 40, frames) for name in ("yaw_deg", "pitch_deg", "roll_deg")}
    part |= {
        "frame": np.arange(frames),
        "time_s": 3599.9 + np.arange(frames) / 23.976,
        "is_face": np.ones(frames, bool),
    }
    handle = io.StringIO()
    LiveLinkWriter(handle).write(part)
    return part, handle.getvalue()


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    part, text = written()
    (tmp_path / "a.csv").write_text(text)
    assert len(VALUES) == 61 and text.splitlines()[1].split(",")[:2] == ["00:59:59:54.000", "61"]
    found = read_live_link(tmp_path / "a.csv")
    assert np.abs(found.time_s - part["time_s"]).max() < 1e-5
    for name in (*BLENDSHAPES[1:], "yaw_deg", "pitch_deg", "roll_deg"):
        assert np.abs(found[name] - part[name]).max() < 1e-6, name


def test_timecodes() -> None:
    assert timecode(0) == "00:00:00:00.000" and timecode(3661.5) == "01:01:01:30.000"
    assert timecode(0.999999999) == "00:00:01:00.000", "a second is full before a frame has three digits"


def test_another_order_another_case_and_51_values(tmp_path: Path) -> None:
    part, text = written()
    raw = pd.read_csv(io.StringIO(text), dtype=str)
    fewer = raw[[name for name in raw if not name.startswith(("Head", "LeftEye", "RightEye", "Tongue"))]]
    assert len(fewer.columns) == 53
    fewer = fewer[list(fewer.columns[::-1])].rename(columns=str.upper)
    fewer.to_csv(tmp_path / "a.csv", index=False, encoding="utf-8-sig")
    found = read_live_link(tmp_path / "a.csv")
    assert "yaw_deg" not in found and np.abs(found.jawOpen - part["jawOpen"]).max() < 1e-6


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("JawOpen", "Jaw", "has no column 'jawopen'"),
        ("00:59:59:54.000", "00:59:59:61.000", "row 1: '00:59:59:61.000' is no timecode"),
        ("00:59:59:54.000", "01:59:59:54.000", "row 2: the timecode does not grow"),
        (",61,", ",61,x", "column 'EyeBlinkLeft': 'x0."),
    ],
)
def test_wrong_tables_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    _, text = written()
    (tmp_path / "a.csv").write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match="a.csv") as refusal:
        read_live_link(tmp_path / "a.csv")
    assert said in str(refusal.value)
