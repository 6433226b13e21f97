"""An edit of a module reruns the rules that are built on it, and only those; of a model, only that model's jobs.

Snakemake reruns a job where one of its params is another, and what a rule is built from is among them. So the rules as
Snakemake reads them say for every module what an edit would rerun; that is compared with another walk over the imports,
written here, and with the table of models below. Dry runs after real edits show that both tell the truth.
"""

import ast
import json
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from myoscene.demo.cohort import simulate_cohort
from myoscene.demo.scenes import SCENES
from myoscene.machinery.provenance import meaning

from workflow.workspace import REPOSITORY, Workspace, run_warm

pytestmark = pytest.mark.workflow

# Where each model is implemented, under learn/models: what a job that loads it by name needs beside its script.
IMPLEMENTED = {
    "lda": "linear.py",
    "knn": "linear.py",
    "boosted_trees": "trees.py",
    "cnn_tcn": "cnn_tcn/model.py",
    "cnn": "cnn.py",
    "lstm": "lstm.py",
    "eye_cnn": "eye_cnn/model.py",
    "eye_cnn_plain": "eye_cnn/model.py",
    "eye_inception": "eye_inception/model.py",
    "eye_inception_plain": "eye_inception/model.py",
    "fusion_late": "fusion/late.py",
    "fusion_joint": "fusion/joint.py",
}
# The rules that load models by name, and which: the wildcard's, or always the same.
OF_THE_WILDCARD = ("train_network", "train_classical", "evaluate_model", "predict_scenes")
ALWAYS = {"learning_curve": ["eye_cnn"], "extract_eye_features": ["eye_cnn"]}

Rules = dict[str, dict[str, dict[str, Any]]]
Concerned = dict[str, set[tuple[str, str]]]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset of four people in ``ds``, and what else a configuration of everything names."""
    folder = tmp_path_factory.mktemp("rules")
    simulate_cohort(folder / "ds", participants=4, scene_s=10, faces=True)
    (folder / "weights.pth").touch()
    (folder / "ds/sourcedata/image_ratings.tsv").write_text("rater\timage\tlabel\n")
    people = [f"{name}\tcalibration\tcalibration\t{label}\t1" for name in "abc" for label in ("neutral", "smile")]
    (folder / "features.tsv").write_text("\n".join(["participant\trecording\ttask\tlabel\tx", *people]) + "\n")
    return folder


def everything(cohort: Path) -> dict[str, Any]:
    """A configuration with signals, eye images and all models."""
    inception = {"weights": str(cohort / "weights.pth"), "sha256": "0" * 64}
    return {
        "recordings": {"dataset": str(cohort / "ds")},
        "learn": {"models": list(IMPLEMENTED), "eye_inception": inception, "learning_curve": {"people": [2]}},
    }


@pytest.fixture(scope="module")
def rules(cohort: Path) -> Rules:
    """All rules there are, as :mod:`workflow.stated_code` gives them, for each kind of input."""
    eyes = {"recordings": {"dataset": str(cohort / "ds"), "input": "eyes", "scene_tasks": list(SCENES)},
            "learn": {"models": ["eye_cnn"]}}  # fmt: skip
    features = {"recordings": {"feature_table": str(cohort / "features.tsv"), "input": "features"},
                "learn": {"models": ["lda"]}, "scenes": {"models": []}}  # fmt: skip
    found = read_rules(cohort, everything(cohort))
    assert "evaluate_model" in found
    return read_rules(cohort, features) | read_rules(cohort, eyes) | found


def read_rules(folder: Path, config: dict[str, Any], workflow: Path = REPOSITORY) -> Rules:
    script = Path(__file__).with_name("stated_code.py")
    words = [str(script), str(workflow / "Snakefile"), str(folder), json.dumps(config)]
    code, said = run_warm(words, folder, {**os.environ, "PYTHONPATH": str(workflow / "workflow_scripts")})
    assert code == 0, said
    return json.loads(said.splitlines()[-1])


def modules(package: Path) -> Iterator[str]:
    """Every file of the package, by its place in ``workflow_scripts``."""
    return (path.relative_to(package.parent).as_posix() for path in sorted(package.rglob("*.py")))


def of_settings(file: str) -> bool:
    return file.endswith("settings.py") or "/settings/" in file


def counts(file: str) -> bool:
    """Whether a job depends on a file's text: not on machinery's, and of definitions of settings it has the values."""
    return "/machinery/" not in file and not of_settings(file)


def walk(scripts: Path) -> Callable[[str], frozenset[str]]:
    """The walk to compare with: a function that gives all package files that a file's imports reach, with itself."""

    @cache
    def direct(file: str) -> frozenset[str]:
        found = set()
        for node in ast.walk(ast.parse((scripts / file).read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name.split(".") for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                assert node.module
                names = [[*node.module.split("."), *more] for more in ([], *([alias.name] for alias in node.names))]
            for name in names:
                for length in range(1, len(name) + 1):
                    stem = scripts.joinpath(*name[:length])
                    found |= {path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()}
        return frozenset(path.relative_to(scripts).as_posix() for path in found)

    @cache
    def reached(file: str) -> frozenset[str]:
        found, new = set(), {file}
        while new:
            found |= new
            new = {other for one in new for other in direct(one) if counts(other)} - found
        return frozenset(found)

    return reached


def by_walk(rules: Rules, scripts: Path) -> Concerned:
    """Module -> the (rule, model) that an edit of it has to rerun, by imports and by the tables above."""
    reached = walk(scripts)
    concerned: Concerned = {}
    for rule, models in rules.items():
        for model, said in models.items():
            named = [*ALWAYS.get(rule, []), *([model] if rule in OF_THE_WILDCARD else [])]
            built_on = set(reached(f"{said['script']}.py"))
            for name in named:
                built_on |= reached(f"myoscene/learn/models/{IMPLEMENTED[name]}")
                for folder in ("", "learn/", "learn/models/", f"learn/models/{IMPLEMENTED[name].rpartition('/')[0]}/"):
                    init = f"myoscene/{folder}__init__.py".replace("//", "/")
                    built_on |= reached(init) if (scripts / init).is_file() else set()
            for file in built_on:
                concerned.setdefault(file, set()).add((rule, model))
    return concerned


def by_params(rules: Rules) -> Concerned:
    """Module -> the (rule, model) whose params change with it."""
    concerned: Concerned = {}
    for rule, models in rules.items():
        for model, said in models.items():
            for file in said["files"]:
                concerned.setdefault(file, set()).add((rule, model))
    return concerned


def differences(rules: Rules, scripts: Path) -> list[str]:
    stated, wanted = by_params(rules), by_walk(rules, scripts)
    return [
        f"an edit of {file} reruns {sorted(stated.get(file, set()) - wanted.get(file, set()))} for nothing, and not "
        f"{sorted(wanted.get(file, set()) - stated.get(file, set()))}"
        for file in modules(scripts / "myoscene")
        if stated.get(file, set()) != wanted.get(file, set())
    ]


def test_an_edit_of_any_module_reruns_what_is_built_on_it_and_nothing_else(rules: Rules) -> None:
    assert not differences(rules, REPOSITORY / "workflow_scripts")


def test_no_rule_is_missing_from_the_comparison(rules: Rules) -> None:
    scripts = {path.stem for path in REPOSITORY.glob("workflow_scripts/*.py")}
    seen = {said["script"] for models in rules.values() for said in models.values()}
    assert scripts == seen
    assert {model for rule in OF_THE_WILDCARD for model in rules[rule]} == set(IMPLEMENTED)


# Said in words, so that no walk can go wrong on both sides: modules of a model, and the models that they concern.
OF_MODELS = [
    ("learn/models/trees.py", {"boosted_trees"}),
    ("learn/models/linear.py", {"lda", "knn"}),
    ("learn/models/eye_inception/network.py", {"eye_inception", "eye_inception_plain"}),
    ("learn/models/fusion/late.py", {"fusion_late"}),
    ("learn/models/fusion/joint.py", {"fusion_joint"}),
    ("learn/models/cnn.py", {"cnn"}),
    ("learn/models/lstm.py", {"lstm"}),
]
# What else is built on them, whatever the model.
BESIDE = {"embed_inception", "collect_inception", "null_cohort", "null_check"}


def concerned_for_nothing(rules: Rules, file: str, models: set[str]) -> set[tuple[str, str]]:
    """(rule, model) that an edit of ``file`` reruns, and which are of none of ``models``."""
    return {pair for pair in by_params(rules)[f"myoscene/{file}"] if pair[1] not in models and pair[0] not in BESIDE}


@pytest.mark.parametrize(("file", "models"), OF_MODELS)
def test_an_edit_of_a_model_concerns_that_model(rules: Rules, file: str, models: set[str]) -> None:
    assert concerned_for_nothing(rules, file, models) == set()
    stated = by_params(rules)[f"myoscene/{file}"]
    assert {(rule, model) for rule in ("evaluate_model", "predict_scenes") for model in models} <= stated


def test_an_import_that_concerns_too_much_is_found(cohort: Path, tmp_path: Path) -> None:
    """As it was: the registry imported each model in a function, and whatever reads a checkpoint was built on all."""
    workspace = Workspace(cohort)
    workspace.own_copy_of_the_workflow(tmp_path / "workflow")
    registry = workspace.workflow / "workflow_scripts/myoscene/learn/models/registry.py"
    as_it_was = (
        "\n\ndef _trees():\n    from myoscene.learn.models.trees import BoostedTrees\n\n    return BoostedTrees\n"
    )
    registry.write_text(registry.read_text() + as_it_was)
    rules = read_rules(cohort, everything(cohort), workspace.workflow)
    found = concerned_for_nothing(rules, "learn/models/trees.py", {"boosted_trees"})
    assert {("train_classical", "lda"), ("predict_scenes", "eye_cnn"), ("make_page", "")} <= found


def test_an_edit_of_machinery_and_of_what_runs_before_concerns_no_rule(rules: Rules) -> None:
    stated = by_params(rules)
    untouched = {file for file in modules(REPOSITORY / "workflow_scripts/myoscene") if file not in stated}
    assert {
        f"myoscene/{name}" for name in ("machinery/directory.py", "machinery/job.py", "plan.py", "cli.py")
    } <= untouched


def test_an_edit_of_a_setting_concerns_whom_its_value_is_given(rules: Rules) -> None:
    """A default, a bound or a key that is added: what a job is given says all."""
    definitions = {file for file in modules(REPOSITORY / "workflow_scripts/myoscene") if of_settings(file)}
    assert {"myoscene/emg/settings.py", "myoscene/learn/models/settings.py"} <= definitions
    assert not definitions & set(by_params(rules))


A_CONSTANT, A_COMMENT = "\nA_CONSTANT = 1\n", "\n# A comment.\n"
EDITS = [
    ("learn/models/fusion/late.py", A_CONSTANT),
    ("learn/models/linear.py", A_CONSTANT),
    ("learn/models/eye_inception/network.py", A_CONSTANT),
    ("learn/models/trees.py", A_CONSTANT),
    ("scenes/score.py", A_CONSTANT),
    ("learn/models/cnn_tcn/model.py", A_COMMENT),
    ("machinery/directory.py", A_CONSTANT),
    ("learn/models/another.py", "the trees by another name"),
]


def test_dry_runs_after_edits_say_the_same(edited: Workspace) -> None:
    """In a run without trees and InceptionV3, whose modules concern nothing there."""
    package = edited.workflow / "workflow_scripts/myoscene"
    stated = by_params(read_rules(edited.folder, edited.config, edited.workflow))
    everything = jobs(edited.run("--dry-run", "--forceall"))
    assert {("train_classical", "lda"), ("predict_scenes", "fusion_late"), ("make_page", "")} <= everything
    for file, edit in EDITS:
        path = package / file
        before = path.read_text() if path.exists() else None
        if before is None:
            text = (package / "learn/models/trees.py").read_text()
            path.write_text(text.replace('    "boosted_trees": {', '    "another": {', 1))
            assert path.read_text() != text
        else:
            path.write_text(before + edit)
        expected = stated.get(f"myoscene/{file}", set()) & everything if edit == A_CONSTANT else set()
        said = edited.run("--dry-run")
        # Of a job whose input is made anew, Snakemake says that alone.
        for_params, after_others = jobs(said, "Params have changed"), jobs(said, "Input files updated by another job")
        assert for_params <= expected <= jobs(said) == for_params | after_others, file
        assert bool(for_params) == bool(expected), file
        assert bool(expected) == (file in ("learn/models/fusion/late.py", "learn/models/linear.py", "scenes/score.py"))
        if before is None:
            path.unlink()
        else:
            path.write_text(before)
    assert not jobs(edited.run("--dry-run"))
    kept = package / "machinery/__init__.py"
    kept.write_text(kept.read_text().replace("FORMAT = ", "FORMAT = 1"))
    assert jobs(edited.run("--dry-run")) == everything


def jobs(said: str, why: str = "") -> set[tuple[str, str]]:
    """(rule, model) of the jobs that a dry run shows, if their reason begins so."""
    found = set()
    for block in re.split(r"\n(?=(?:local)?(?:rule|checkpoint) \w+:\n)", said):
        head = re.match(r"(?:local)?(?:rule|checkpoint) (\w+):\n", block)
        reason = re.search(r"^    reason: (.*)$", block, re.M)
        if head and head[1] != "all" and reason and why in reason[1]:
            model = re.search(r"^    wildcards: .*\bmodel=(\w+)", block, re.M)
            found.add((head[1], model[1] if model else ""))
    return found


def test_of_every_module_a_comment_counts_for_nothing_and_a_constant_does() -> None:
    for path in (REPOSITORY / "workflow_scripts").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        plain = meaning(text)
        assert meaning(f"# A comment.\n{text}\n# Another one.\n") == plain, path
        assert meaning(f"{text}\nA_CONSTANT = 1\n") != plain, path
        assert ast.dump(without_docstrings(text)) == plain, path


def is_text(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)


def without_docstrings(text: str) -> ast.Module:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [part for part in body if not is_text(part)]
    return tree
