"""The state that a stopped training keeps belongs to the code and the packages that it was trained with."""

import logging
import os
import shutil
from pathlib import Path

import pytest
from learn import builders as b
from myoscene.learn.engine import loop
from myoscene.learn.engine.task import Execution
from myoscene.learn.models import train
from myoscene.learn.models.registry import MODELS

from workflow.workspace import REPOSITORY, run_warm

TRAIN = """
import logging, sys
from pathlib import Path
from learn import builders as b
from myoscene.learn.engine import loop
from myoscene.learn.engine.task import Execution
folder, model, out, epochs = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
logging.basicConfig(level=logging.INFO)
whole_epoch, done = loop.run_epoch, []
def counted(*given):
    if len(done) == epochs:
        sys.exit(3)
    done.append(1)
    return whole_epoch(*given)
loop.run_epoch = counted
b.train(folder, model, "p02", out, b.spec(model, epochs=6), Execution(out / "state.safetensors"))
"""
# What an edit of theirs changes, of every trainer that goes by epochs.
EDITS = [
    ("cnn_tcn", "learn/engine/optimiser.py", "0.999", "0.9"),
    ("lstm", "learn/engine/loop.py", "END_DIVISOR = 0.3", "END_DIVISOR = 0.6"),
]
NETWORKS = [name for name, model in MODELS.items() if model.kind != "features"]


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the warm process needs Linux")
@pytest.mark.parametrize(("model", "file", "before", "after"), EDITS, ids=[edit[0] for edit in EDITS])
def test_a_training_stopped_before_an_edit_ends_as_one_begun_after_it(
    tmp_path: Path, model: str, file: str, before: str, after: str
) -> None:
    scripts = tmp_path / "workflow_scripts"
    shutil.copytree(REPOSITORY / "workflow_scripts", scripts, ignore=shutil.ignore_patterns("__pycache__"))
    folder = b.write_cohort(tmp_path, b.signals())
    (tmp_path / "train.py").write_text(TRAIN)

    def run(out: str, epochs: int = 99) -> tuple[int, str]:
        words = [str(tmp_path / "train.py"), str(folder), model, str(tmp_path / out), str(epochs)]
        paths = os.pathsep.join([str(scripts), str(REPOSITORY / "tests")])
        return run_warm(words, tmp_path, {**os.environ, "PYTHONPATH": paths})

    code, said = run("stopped", epochs=2)
    assert code == 3, said
    (tmp_path / "as_it_was").mkdir()
    shutil.copy(tmp_path / "stopped/state.safetensors", tmp_path / "as_it_was")
    edited = scripts / "myoscene" / file
    text = edited.read_text()
    edited.write_text(f"# A comment.\n{text}")
    code, said = run("as_it_was")
    assert code == 0 and "going on after epoch 2" in said, "a comment changes no result"
    assert text.count(before) == 1
    edited.write_text(text.replace(before, after))
    assert run("stopped")[0] == run("fresh")[0] == 0
    for name in (f"{model}/p02.safetensors", f"{model}/p02.json"):
        resumed, fresh, old = ((tmp_path / out / name).read_bytes() for out in ("stopped", "fresh", "as_it_was"))
        assert resumed == fresh != old, name


@pytest.mark.parametrize("model", NETWORKS)
def test_every_trainer_says_what_it_is_built_from(model: str) -> None:
    said = train.made_with(model)
    engine = {f"myoscene/learn/engine/{name}.py" for name in ("loop", "optimiser", "resume", "task")}
    own = MODELS[model].path.replace(".", "/") + ".py"
    assert {*engine, own, "myoscene/learn/models/train.py", "format", "python", "torch", "numpy"} <= set(said)


@pytest.mark.parametrize("package", ["python", "torch", "scipy"])
def test_a_state_of_other_packages_or_of_another_device_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, package: str
) -> None:
    caplog.set_level(logging.INFO)
    folder = b.write_cohort(tmp_path, b.signals())
    execution = Execution(tmp_path / "state.safetensors")
    ran, as_it_is = loop.run_epoch, train.made_with

    def stop(runs: list[loop.Run], epoch: int) -> list[tuple[float, float]]:
        if epoch == 1:
            raise KeyboardInterrupt
        return ran(runs, epoch)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "run_epoch", stop)
        patch.setattr(train, "made_with", lambda model: as_it_is(model) | {package: "0.1"})
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                b.train(folder, "cnn_tcn", "p02", execution=execution)
        assert "going on after epoch 1" in caplog.text, "the same ones go on"
    caplog.clear()
    b.train(folder, "cnn_tcn", "p02", spec=b.spec("cnn_tcn"), execution=execution)
    assert "going on" not in caplog.text
