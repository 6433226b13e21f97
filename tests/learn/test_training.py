"""The training loop: batches, weights, schedule, and going on after a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from myoscene.core.errors import InputError
from myoscene.learn.cohort.stretches import batch_order, collate, n_windows, stretches
from myoscene.learn.engine.card import SignalInput
from myoscene.learn.engine.loop import one_cycle
from myoscene.learn.engine.resume import load_state
from myoscene.learn.engine.signals import augment, class_weights, drop_electrodes, scale_channels, shift_time
from myoscene.learn.engine.task import Execution
from myoscene.learn.models.cnn_tcn.geometry import fit_geometry
from myoscene.learn.models.cnn_tcn.model import CnnTcn
from myoscene.learn.models.settings import CnnTcnSettings

from learn import builders as b

SAID = CnnTcnSettings(**b.spec("cnn_tcn").settings)
GEOMETRY = fit_geometry(b.WINDOW, b.HOP, SAID)

TRAIN = """
import sys
from pathlib import Path
from learn import builders as b
from myoscene.learn.engine.task import Execution
folder, resume = Path(sys.argv[1]), sys.argv[2]
b.train(folder, "cnn_tcn", "p02", Path(sys.argv[3]), b.spec("cnn_tcn", epochs=16, patience=16), Execution(resume))
"""


def test_a_stretch_is_one_event() -> None:
    table = b.signals()
    found = stretches(table, b.CLASSES)
    events = table.groupby(["participant", "event"], sort=False)
    assert len(found) == events.ngroups
    for item, (_, rows) in zip(found, events, strict=True):
        assert item.signal.shape == (len(b.CHANNELS), len(rows))
        assert b.CLASSES[item.label] == rows["label"].iloc[0]
        assert np.array_equal(item.signal[1].numpy(), rows["signal__zygomaticus_right"])
        assert np.array_equal(item.time_s, rows["time_s"])


def test_a_gap_inside_an_event_parts_it() -> None:
    table = b.signals(["p01"])
    table.loc[50:, "segment"] = 1
    assert len(stretches(table, b.CLASSES)) == 7


def test_filling_up_is_never_counted() -> None:
    """Scores of counted windows are those of the stretch alone, whatever it was batched with."""
    items = stretches(b.signals(), b.CLASSES)[:5]
    batch, targets = collate([item.signal for item in items], [item.label for item in items], GEOMETRY)
    torch.manual_seed(0)
    network = CnnTcn(SignalInput(b.CHANNELS, b.WINDOW, b.HOP), 3, SAID).eval()
    scores = network(batch)
    assert targets.shape == (len(items), scores.shape[2])
    for row, item in enumerate(items):
        kept = n_windows(item.signal.shape[1], GEOMETRY)
        assert (targets[row, :kept] == item.label).all()
        assert (targets[row, kept:] == -100).all()
        assert torch.allclose(scores[row, :, :kept], network(item.signal[None])[0], atol=1e-5)


def test_classes_weigh_alike() -> None:
    items = stretches(b.signals(labels={"p01": ["smile"] * 6, "p02": ["neutral"]}), b.CLASSES)
    weights = class_weights(items, 3, GEOMETRY)
    counts = torch.zeros(3)
    for item in items:
        counts[item.label] += n_windows(item.signal.shape[1], GEOMETRY)
    assert torch.allclose(weights * counts, (weights * counts)[0].expand(3))
    only = [item for item in items if item.label < 2]
    assert class_weights(only, 3, GEOMETRY)[2] == 0


def test_batches_hold_everything_once_and_change_with_the_epoch() -> None:
    items = stretches(b.signals(), b.CLASSES)
    orders = [batch_order(items, 4, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)]
    assert orders[0] == orders[1] != orders[2]
    assert sorted(sum(orders[0], [])) == list(range(len(items)))


def test_one_cycle_rises_and_falls() -> None:
    rates = [one_cycle(step, 100, 0.01) for step in range(100)]
    top = int(np.argmax(rates))
    assert rates[top] == pytest.approx(0.01, rel=0.01)
    assert 25 < top < 35
    assert np.all(np.diff(rates[:top]) > 0)
    assert np.all(np.diff(rates[top + 1 :]) < 0)
    assert rates[0] == pytest.approx(0.01 / 25)
    assert rates[-1] < 1e-4


def test_augmentation() -> None:
    generator = torch.Generator().manual_seed(0)
    batch = torch.ones(200, 4, 6)
    scaled = scale_channels(batch, 0.3, generator)
    assert scaled[..., 0].log().std() == pytest.approx(0.3, rel=0.15)
    assert (scaled == scaled[..., :1]).all(), "one gain a channel, the same at all times"
    dropped = drop_electrodes(batch, 0.3, generator)
    silent = drop_electrodes(batch, 0.9, generator).sum(dim=(1, 2)) == 0
    assert not silent.any(), "never all channels"
    assert 0.65 < dropped.mean() < 0.75
    shifts = {shift_time(torch.arange(50)[None], 8, 45, generator)[0, 0].item() for _ in range(200)}
    assert shifts == set(range(6)), "at most 8, and 45 samples are left"


def test_what_is_switched_off_draws_nothing() -> None:
    off = CnnTcnSettings(gain_sd=0.0, electrode_dropout=0.0)
    batch = torch.randn(5, 4, 30)
    assert torch.equal(augment(batch, off, torch.Generator().manual_seed(0)), batch)


def start(folder: Path, resume: Path, out: Path) -> subprocess.Popen:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen([sys.executable, "-c", TRAIN, str(folder), str(resume), str(out)], env=environment)


def test_a_killed_training_gives_the_weights_it_would_have_given(tmp_path: Path) -> None:
    folder = b.write_cohort(tmp_path, b.signals())
    state = tmp_path / "resume" / "cnn_tcn" / "p02.safetensors"
    killed = start(folder, state, tmp_path / "killed")
    until = time.monotonic() + 120
    while not state.is_file() and time.monotonic() < until and killed.poll() is None:
        time.sleep(0.01)
    time.sleep(0.1)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL, "it was killed on its way, not at its end"
    target = tmp_path / "killed" / "cnn_tcn" / "p02.safetensors"
    assert not target.exists()
    assert 1 <= json.loads(metadata(state))["epoch"] < 16
    assert start(folder, state, tmp_path / "killed").wait() == 0
    assert not state.exists()
    b.train(folder, "cnn_tcn", "p02", tmp_path / "whole", b.spec("cnn_tcn", epochs=16, patience=16))
    whole = tmp_path / "whole" / "cnn_tcn" / "p02.safetensors"
    assert target.read_bytes() == whole.read_bytes()
    assert target.with_suffix(".json").read_bytes() == whole.with_suffix(".json").read_bytes()


def metadata(path: Path) -> str:
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as handle:
        return handle.metadata()["state"]


class Stopped(Exception):
    """Stands in for a kill."""


def stop_after(monkeypatch: pytest.MonkeyPatch, epochs: int) -> None:
    """Raise instead of the epoch after ``epochs`` ones."""
    import myoscene.learn.engine.loop as training

    whole_epoch, done = training.run_epoch, []

    def counted(*given):
        if len(done) == epochs:
            raise Stopped
        done.append(1)
        return whole_epoch(*given)

    monkeypatch.setattr(training, "run_epoch", counted)


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A cohort, and the state of a training of fold p02 that was stopped after 3 of 12 epochs."""
    folder = b.write_cohort(tmp_path, b.signals())
    state = tmp_path / "state.safetensors"
    with monkeypatch.context() as context:
        stop_after(context, 3)
        with pytest.raises(Stopped):
            b.train(folder, "cnn_tcn", "p02", tmp_path / "stopped", execution=Execution(state))
    return folder, state


def test_going_on_does_not_begin_again(stopped: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder, state = stopped
    kept = state.read_bytes()
    epochs = SAID.epochs
    stop_after(monkeypatch, epochs - 3)
    resumed = b.train(folder, "cnn_tcn", "p02", folder / "a", execution=Execution(state))
    assert not state.exists()
    monkeypatch.undo()
    fresh = b.train(folder, "cnn_tcn", "p02", folder / "b")
    assert resumed.read_bytes() == fresh.read_bytes()
    state.write_bytes(kept)
    sparse = b.train(
        folder, "cnn_tcn", "p02", folder / "c", execution=Execution(state, resume_every_epochs=5, log_every_epochs=1)
    )
    assert sparse.read_bytes() == fresh.read_bytes(), "how often the state is kept changes nothing"


@pytest.mark.parametrize("change", ["settings", "data", "fold", "damage", "foreign"])
def test_a_stale_state_is_ignored(stopped: tuple[Path, Path], change: str) -> None:
    folder, state = stopped
    said, fold = b.spec("cnn_tcn"), "p02"
    if change == "settings":
        said = b.spec("cnn_tcn", weight_decay=0.1)
    elif change == "data":
        table = b.signals()
        table.loc[table.index[-1], "signal__corrugator_center"] += 1
        b.write_cohort(folder, table)
    elif change == "fold":
        fold = "p04"
    elif change == "damage":
        state.write_bytes(state.read_bytes()[:-100])
    else:
        state.write_bytes(b"no state at all")
    resumed = b.train(folder, "cnn_tcn", fold, folder / "a", spec=said, execution=Execution(state))
    fresh = b.train(folder, "cnn_tcn", fold, folder / "b", spec=said)
    assert resumed.read_bytes() == fresh.read_bytes()


def test_a_state_comes_back_whole(stopped: tuple[Path, Path]) -> None:
    _, path = stopped
    binding = json.loads(metadata(path))["binding"]
    state = load_state(path, binding)
    assert state is not None
    assert state.epoch == 3
    assert len(state.history) == 3
    assert all(float(moments["step"]) == 3 * 5 for moments in state.optimiser), "3 epochs of 18 events by 4"
    assert load_state(path, "other") is None
    assert load_state(path.with_name("none"), binding) is None


def test_early_stopping_keeps_the_best_epoch(tmp_path: Path) -> None:
    folder = b.write_cohort(tmp_path, b.signals())
    said = b.spec("cnn_tcn", epochs=40, patience=3, learning_rate=0.2)
    history = json.loads(b.train(folder, "cnn_tcn", "p02", spec=said).with_suffix(".json").read_text())["history"]
    losses = [entry["validation_loss"] for entry in history]
    assert len(losses) < 40
    assert len(losses) - 1 - int(np.argmin(losses)) == 3


def test_a_training_that_diverges_ends_in_a_sentence(tmp_path: Path) -> None:
    folder = b.write_cohort(tmp_path, b.signals())
    with pytest.raises(InputError, match=r"diverged in epoch \d+: its loss is .* learning_rate \(now 1e\+30\) smaller"):
        b.train(folder, "cnn_tcn", "p02", spec=b.spec("cnn_tcn", epochs=4, learning_rate=1e30))
    assert not list((folder / "cnn_tcn").glob("*.json"))


def test_progress_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = b.write_cohort(tmp_path, b.signals())
    with caplog.at_level("INFO"):
        b.train(folder, "cnn_tcn", "p02", execution=Execution(log_every_epochs=4))
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("epoch")]
    assert [line.split(":")[0] for line in lines] == [f"epoch {n} of 12" for n in (4, 8, 12)]
