"""Finding electrodes without marks: what is learnt from drawn ones, and where a network's answers lie in the frame."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from myoscene.cli import main
from myoscene.core.errors import InputError
from myoscene.face.geometry import Canonical
from myoscene.face.mesh import Networks
from myoscene.face.region import Region
from myoscene.restore.settings import NetSettings
from restore.conftest import Clips

pytest.importorskip("torch")
pytestmark = pytest.mark.usefixtures("opencv")
SMALL = NetSettings(side=64, width=4, epochs=2, batches=25, batch=4, rate=0.02, every=1, shots_min=6, dice_min=0.3)


def test_drawn_electrodes_are_found_again_on_frames_not_learnt_from(
    clips: Clips, networks: Networks, canonical: Canonical
) -> None:
    from myoscene.restore.net import learn

    found = learn(clips.clean, networks, canonical.points, SMALL)
    assert found.dice > 0.3 and found.shots == 8
    # The same again, to the last bit.
    short = replace(SMALL, epochs=1, batches=2, dice_min=0.0)
    one, other = (learn(clips.clean, networks, canonical.points, short).dice for _ in range(2))
    assert one == other < found.dice


def test_the_held_out_part_lies_apart(networks: Networks) -> None:
    from myoscene.restore.net import split

    train, held = split(list(range(100)), 0.25)  # type: ignore[arg-type]
    assert (train, held) == (list(range(70)), list(range(75, 100)))


def test_too_little_to_learn_from_is_refused(clips: Clips, networks: Networks, canonical: Canonical) -> None:
    from myoscene.restore.net import learn

    with pytest.raises(InputError, match="shows a face in 12 of the frames that were looked at, and 50 are needed"):
        learn(clips.clean, networks, canonical.points, NetSettings(every=1, shots_min=50))
    few = NetSettings(side=32, width=2, epochs=1, batches=1, batch=2, every=1, shots_min=6, dice_min=0.95)
    with pytest.raises(InputError, match="too few were found again"):
        learn(clips.clean, networks, canonical.points, few)


def test_the_method_net_needs_a_reference(
    clips: Clips, tmp_path: Path, capsys: pytest.CaptureFixture[str], runtime: None, model: Path
) -> None:
    out = tmp_path / "out.mp4"
    assert main(["restore", str(clips.sensor), "--method", "net", "--out", str(out)]) == 2
    assert "add --reference clean.mp4" in capsys.readouterr().err
    given = ["--method", "net", "--reference", str(clips.clean), "--out", str(clips.clean)]
    assert main(["restore", str(clips.sensor), *given]) == 2
    assert "would replace the reference" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@dataclass
class Green:
    """In place of a network: green pixels hide the face."""

    side: int = 64

    def chances(self, squares: np.ndarray) -> np.ndarray:
        return ((squares[..., 1] > 200) & (squares[..., 0] < 90)).astype(np.float32)

    def hidden(self, frame: np.ndarray, region: Region) -> np.ndarray:
        from myoscene.face.region import sample

        return self.chances(sample(frame, region, self.side)[None])[0]


@pytest.fixture
def dotted() -> np.ndarray:
    """``(200, 300, 4)``, grey, with green dots about (220, 120)."""
    frame = np.full((200, 300, 4), 70, np.uint8)
    for x in (200, 220, 240):
        for y in (100, 120, 140):
            frame[y - 3 : y + 4, x - 3 : x + 4, :3] = (0, 255, 0)
    return frame


def test_what_a_network_says_of_a_turned_square_lies_where_it_is_in_the_frame(
    dotted: np.ndarray, networks: Networks
) -> None:
    from myoscene.restore.find import NetFinder

    green = (dotted[..., 1] == 255) & (dotted[..., 0] == 0)
    place: Callable[..., Region] = lambda angle: Region(215.0, 118.0, 100.0, 100.0, angle)  # noqa: E731
    for angle in (0.0, 0.4, -1.2):
        finder = NetFinder(Green())  # type: ignore[arg-type]
        mask = finder._mask(dotted, place(angle)) > 0
        assert mask[green].mean() > 0.97 and mask.mean() < 2.2 * green.mean()


def test_without_a_face_electrodes_are_looked_for_everywhere(dotted: np.ndarray, networks: Networks) -> None:
    from myoscene.restore.find import NetFinder

    green = (dotted[..., 1] == 255) & (dotted[..., 0] == 0)
    mask = NetFinder(Green())(dotted, None) > 0  # type: ignore[arg-type]
    assert mask[green].mean() > 0.95 and mask.mean() < 2.5 * green.mean()
