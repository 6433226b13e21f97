"""Intermediate results that a bad disk, a cut copy or a mistake has changed: never used."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from myoscene import cli
from myoscene.core.errors import InputError
from myoscene.learn.engine.checkpoint import read_checkpoint

from faults.undisturbed import Disturbed, assert_undisturbed

pytestmark = pytest.mark.workflow


def flip(path: Path) -> None:
    """One bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def swap(path: Path) -> None:
    """Another person's, with its time."""
    shutil.copy2(path.with_name(f"03{path.suffix}"), path)


# What is damaged, how, and a result that is made from it; in rounds in which no result is made from another.
ROUNDS: list[list[tuple[str, Callable[[Path], None], str]]] = [
    [
        ("emg/signals/01.parquet", cut, "emg/features/01.parquet"),
        ("recordings/events/02.parquet", swap, "emg/normalisers/02.json"),
        ("emg/normalisers/03.json", empty, "emg/features/03.parquet"),
        ("eyes/frames/03.parquet", flip, "eyes/sheet.csv"),
        ("recordings/rating_notes.csv", empty, "recordings/exclusions.csv"),
    ],
    [
        ("learn/cnn_tcn/03.safetensors", flip, "scenes/predictions/cnn_tcn/03.parquet"),
        ("learn/cnn_tcn/01.json", swap, "scenes/predictions/cnn_tcn/01.parquet"),
        ("learn/cohort/signals.parquet", flip, "learn/cnn_tcn/predictions.parquet"),
    ],
    [("scenes/expression_features.parquet", cut, "statistics/scene_effects.csv")],
]


@pytest.mark.parametrize("cases", ROUNDS, ids=["preparation", "models", "scenes"])
def test_a_damaged_result_is_refused_by_name_and_rebuilt(
    again: Disturbed, finished: Disturbed, fault: Any, cases: list[tuple[str, Callable[[Path], None], str]]
) -> None:
    for name, damage, target in cases:
        path = again.results / name
        before = path.stat()
        damage(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # as a bad disk does
        again.delete(target)
    targets = [f"results/{target}" for *_, target in cases]
    code, output = again.quietly(*targets, "--keep-going")
    assert code == 1, output[-3000:]
    assert "Traceback" not in output
    for name, damage, target in cases:
        assert f"results/{name} is not what " in output, output[-6000:]
        assert not (again.results / target).exists()
        assert (again.results / ".snakemake/damaged" / name).is_file()
        fault(f"{damage.__name__}: {name}", f"before {target} is made", "results/... is not what RULE wrote: it was "
              "damaged, cut short or replaced; it was set aside as ... and run again, which makes it anew",
              "rebuilt by the next run; identical")  # fmt: skip
    code, output = again.quietly(*targets)
    assert code == 0, output[-3000:]
    assert_undisturbed(again, finished)


def test_verify_names_what_is_damaged(
    again: Disturbed, fault: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(again.folder)
    assert cli.main(["verify"]) == 0
    flip(again.results / "emg/quality.csv")
    cut(again.results / "eyes/images/01.npy")
    assert cli.main(["verify"]) == 2
    said = capsys.readouterr()
    assert said.out.splitlines()[-2:] == ["results/emg/quality.csv", "results/eyes/images/01.npy"]
    assert "2 of " in said.err
    fault("any result changed", "after the run", "myoscene verify: N of M results are not what was written; delete "
          "them and run again", "named")  # fmt: skip


def test_weights_that_their_card_does_not_know_are_refused(finished: Disturbed, tmp_path: Path) -> None:
    """Outside of a workflow too: there is no list of digests beside a checkpoint that somebody copied."""
    for suffix in (".safetensors", ".json"):
        shutil.copy(finished.results / f"learn/cnn_tcn/02{suffix}", tmp_path / f"02{suffix}")
    assert read_checkpoint(tmp_path / "02.safetensors")[1].fold == "02"
    shutil.copy(finished.results / "learn/cnn_tcn/03.safetensors", tmp_path / "02.safetensors")
    with pytest.raises(InputError, match="damaged or replaced"):
        read_checkpoint(tmp_path / "02.safetensors")
