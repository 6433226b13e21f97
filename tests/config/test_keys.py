"""Every key of the configuration is asked of the run that it is for: another value changes what some job is given.

A plan takes half a second, so most keys are asked together: each is changed in four of ten plans, and no two in the
same four. A value that differs in exactly these four depends on this key alone: what depends on more differs in more.
Keys that this does not show, and those that need something else beside them (``ALONE``), are asked one by one.
"""

import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from myoscene.config.check import merge
from myoscene.config.sections import Key, keys
from myoscene.demo.cohort import simulate_cohort

KEYS = keys()
MODELS = next(key.choices for key in KEYS if key.path == "learn.models")
# A run in which every stage and every model has something to do.
EVERYTHING = {"learn": {"models": MODELS, "eye_inception": {"weights": "weights.pth", "sha256": "0" * 64}}}
APART = {"learn": {"models": [model for model in MODELS if not model.startswith("fusion")]}}
NO_MODELS: dict[str, Any] = {"learn": {"models": []}}
LISTED = merge(APART, {"eyes": {"label_set": "listed", "classes": ["neutral", "smile"]}})
TABLE = {"recordings": {"input": "features", "feature_table": "features.csv"}, "learn": {"models": ["lda"]}}
# Key -> what is set besides, and its other value.
ALONE: dict[str, tuple[dict[str, Any], Any]] = {
    "recordings.input": (NO_MODELS, "ratings"),
    "recordings.dataset": ({}, "another"),
    "recordings.feature_table": (TABLE, "other.csv"),
    "recordings.neutral": ({}, "smile"),
    "recordings.calibration_tasks": (
        merge(NO_MODELS, {"emg": {"normalise": {"fit_on": "all", "method": "calibration_z"}}}),
        [],
    ),
    "recordings.scene_tasks": ({}, ["calm"]),
    "recordings.scene_events": ({}, ["calm"]),
    "recordings.ignore_events": ({}, ["calm"]),
    "recordings.exclude_participants": (NO_MODELS, ["03"]),
    "recordings.role_column": ({"recordings": {"dataset": "with_roles"}, **NO_MODELS}, None),
    "recordings.missing_calibration": ({"recordings": {"dataset": "without_one"}, **NO_MODELS}, "exclude"),
    "recordings.ratings.source": ({}, "none"),
    "recordings.ratings.file": ({"recordings": {"ratings": {"source": "csv", "file": "a.csv"}}}, "b.csv"),
    "emg.rate_hz": ({}, 2000.0),
    "emg.windows.hop_s": ({}, 0.2),
    "eyes.images": ({}, "none"),
    "eyes.label_set": (APART, "emotive"),
    "eyes.classes": (LISTED, ["neutral", "smile", "frown"]),
    "eyes.frames.headsets": ({}, "headsets.yaml"),
    "eyes.frames.offsets": ({}, "offsets.tsv"),
    "face.files": ({}, "none"),
    "face.offsets": ({}, "offsets.tsv"),
    "face.model": ({}, "other.task"),
    "learn.models": ({}, MODELS[:-1]),
    "learn.cnn_tcn.stride_samples": ({}, 50),
    "learn.evaluation.image_ratings": ({}, "a.csv"),
    "learn.eye_cnn.adapt": (APART, 0.5),
    "learn.eye_inception.weights": ({}, "other.pth"),
    "learn.eye_inception.sha256": ({}, "1" * 64),
}


def tree(path: str, value: Any) -> dict[str, Any]:
    """``{"a": {"b": value}}`` for ``a.b``."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return dict(value)


def another(key: Key) -> Any:
    """Another value than the default, within the key's type and bounds."""
    value: Any = key.default
    if "items" in key.kind:
        return value[:-1] if value else [(key.choices or [key.item.get("minimum", "another")])[0]]
    if key.choices:
        return next(choice for choice in key.choices if choice != value)
    if isinstance(value, bool):
        return not value
    if key.kind["type"] == "string":
        return "another"
    low, high = key.kind.get("minimum", 0), key.kind.get("maximum", 1e9)
    candidates = [(value or 0) + 1, (value or 0) * 2, (value or 0) / 2, low]
    return next(number for number in candidates if low <= number <= high and number != value)


def plans(folder: Path, asked: list[dict[str, Any]]) -> list[Any]:
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("plans.py"), folder], input=json.dumps(asked), text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout))


def differing(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """What jobs are given otherwise; not what is only said to the job that saves the whole configuration."""
    return {
        name
        for name in {*before, *after}
        if before.get(name) != after.get(name) and not name.startswith("save_config ")
    }


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    simulate_cohort(folder / "demo_cohort", participants=3, seed=2, scene_s=8, faces=True)
    for name in ("weights.pth", "other.pth", "demo_cohort/a.csv", "demo_cohort/b.csv"):
        (folder / name).touch()
    for name in ("features.csv", "other.csv"):
        (folder / name).write_text("participant,label,f\n" + "".join(f"0{i},smile,1\n" for i in (1, 2, 3)))
    (folder / "demo_cohort/headsets.yaml").write_text("headsets: {vive: {left: {}}}\ndefault: vive\n")
    (folder / "demo_cohort/offsets.tsv").write_text("participant_id\toffset_s\nsub-01\t0.1\n")
    (folder / "another").symlink_to("demo_cohort")
    shutil.copytree(folder / "demo_cohort", folder / "with_roles")
    people = "participant_id\trole\nsub-01\ttrain\nsub-02\ttrain\nsub-03\tapply\n"
    (folder / "with_roles/participants.tsv").write_text(people)
    shutil.copytree(folder / "demo_cohort", folder / "without_one")
    for path in (folder / "without_one/sub-03").rglob("*task-calibration*"):
        path.unlink()
    return folder


@pytest.fixture(scope="module")
def effects(workspace: Path) -> dict[str, set[str]]:
    """Key -> what its other value changes."""
    together = [key for key in KEYS if key.path not in ALONE]
    turns = dict(zip((key.path for key in together), itertools.combinations(range(10), 4), strict=False))
    asked = []
    for turn in range(10):
        settings = EVERYTHING
        for key in together:
            if turn in turns[key.path]:
                settings = merge(settings, tree(key.path, another(key)))
        asked.append(settings)
    base, *changed = plans(workspace, [EVERYTHING, *asked])
    assert not (refused := [plan for plan in changed if isinstance(plan, str)]), set(refused)
    by_turns: dict[tuple[int, ...], set[str]] = {}
    for name in set().union(*(differing(base, plan) for plan in changed)):
        when = tuple(turn for turn, plan in enumerate(changed) if plan.get(name) != base.get(name))
        by_turns.setdefault(when, set()).add(name)
    found = {path: by_turns[when] for path, when in turns.items() if when in by_turns}
    rest = [key for key in KEYS if key.path not in found]
    asked = []
    for key in rest:
        besides, value = ALONE.get(key.path) or ({}, another(key))
        settings = merge(EVERYTHING, besides)
        asked += [settings, merge(settings, tree(key.path, value))]
    # Most have the same before.
    distinct = {json.dumps(settings): settings for settings in asked}
    answer = {json.dumps(EVERYTHING): base} | dict.fromkeys(distinct)
    unknown = [text for text, plan in answer.items() if plan is None]
    answer |= dict(zip(unknown, plans(workspace, [distinct[text] for text in unknown]), strict=True))
    answers = [answer[json.dumps(settings)] for settings in asked]
    for key, before, after in zip(rest, answers[::2], answers[1::2], strict=True):
        refused = [plan for plan in (before, after) if isinstance(plan, str)]
        found[key.path] = {f"refused: {sentence}" for sentence in refused} or differing(before, after)
    return found


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_key_changes_what_a_job_is_given(key: Key, effects: dict[str, set[str]]) -> None:
    changed = effects[key.path]
    resources = {name for name in changed if " resources " in name}
    if key.path in ("recordings.dataset", "face.model"):
        assert not changed, "the same files elsewhere; what they hold counts (test_machine_paths.py)"
        return
    if key.path == "recordings.missing_calibration":
        # It says whether there is a run at all: without one the people are given as they are.
        assert len(changed) == 1 and "no calibration" in changed.pop()
        return
    assert not any(name.startswith("refused") for name in changed), changed
    if key.path.startswith("execution."):
        assert resources and changed == resources, "how the work is done must rerun nothing"
    else:
        assert changed > resources, "no rule is given this key: it can change nothing"
