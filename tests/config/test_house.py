"""The house: one stage, one name, five places; thin scripts; no import upwards; code() in every rule."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from myoscene.core.stage import stages
from myoscene.machinery.provenance import source_files

STAGES = [stage.name for stage in stages()]
# A stage may use the package of these others; everything else goes through tables.
MAY_USE = {
    "recordings": set(),
    "emg": {"recordings"},
    "eyes": {"recordings"},
    "learn": {"recordings", "emg", "eyes"},
    "scenes": {"recordings", "emg", "eyes", "learn"},
    "statistics": {"recordings", "learn", "scenes", "demo"},
    "report": {"recordings", "emg", "eyes", "learn", "scenes", "statistics"},
}
SHARED = {"core", "machinery", "pipeline", "drawing"}


def rules(repository: Path) -> list[tuple[str, str, str]]:
    """(stage, rule, body) of every rule."""
    found = []
    for path in sorted(repository.glob("rules/*.smk")):
        # Rules under a condition are indented: each one's text ends where the next begins.
        for part in re.split(r"^ *(?:rule|checkpoint) (?=\w+:\n)", path.read_text(encoding="utf-8"), flags=re.M)[1:]:
            name, _, body = part.partition(":\n")
            found.append((path.stem, name, body))
    return found


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_has_its_five_places(stage: str, repository: Path) -> None:
    from myoscene.config.sections import defaults

    assert (repository / "rules" / f"{stage}.smk").is_file()
    assert (repository / "workflow_scripts" / "myoscene" / stage / "__init__.py").is_file()
    assert list((repository / "tests" / stage).rglob("test_*.py"))
    assert stage in defaults()
    assert f"results/{stage}/" in (repository / "rules" / f"{stage}.smk").read_text()


def test_every_script_rule_states_what_it_is_built_from(repository: Path) -> None:
    found = [rule for rule in rules(repository) if "script:" in rule[2]]
    assert len(found) >= 15
    for stage, name, body in found:
        script = re.search(r'script:\s*"\.\./workflow_scripts/(\w+)\.py"', body)
        assert script, f"{stage}: {name} has no script of the house's form"
        assert script[1] == ("train" if name == "train_network" else name), f"{stage}: {name} and its script differ"


def test_every_rule_that_reads_raw_files_looks_at_their_content(repository: Path) -> None:
    raw = re.compile(r"RawFiles|seen=|raw_files\[|rating_files|\"feature_table\"|\bRATERS\b")
    found = [(name, body) for _, name, body in rules(repository) if raw.search(body)]
    assert len(found) == 5
    for name, body in found:
        assert re.search(r"^ +raw=lambda wildcards: RawFiles\(", body, flags=re.M), f"{name} has raw files elsewhere"
        assert f'seen=seen("{name}")' in body, f"{name} reads raw files and does not state seen"


def test_every_script_belongs_to_a_rule_and_is_thin(repository: Path) -> None:
    used = {match for *_, body in rules(repository) for match in re.findall(r"workflow_scripts/(\w+)\.py", body)}
    scripts = {path.stem: path for path in repository.glob("workflow_scripts/*.py")}
    assert set(scripts) == used
    for path in scripts.values():
        lines = [line for line in path.read_text().splitlines() if line.strip()]
        assert len(lines) <= 25, f"{path.name} is no longer thin"
        assert "snakemake.config" not in path.read_text()


def test_the_package_never_sees_the_snakemake_object(repository: Path) -> None:
    for path in repository.glob("workflow_scripts/myoscene/**/*.py"):
        if path.name != "job.py":
            assert not re.search(r"\bsnakemake\.(input|output|params|config|wildcards|log)\b", path.read_text()), path


def test_imports_go_down_only(repository: Path) -> None:
    package = repository / "workflow_scripts" / "myoscene"
    for stage in STAGES:
        for path in (package / stage).rglob("*.py"):
            for module in imported(path):
                parts = module.split(".")
                if parts[0] != "myoscene" or len(parts) == 1 or parts[1] in SHARED | {stage}:
                    continue
                if path.name == "settings.py" or parts[2:] == ["tables"]:
                    continue
                assert parts[1] in MAY_USE[stage], f"{path.relative_to(package)} imports {module}"


def test_the_pipeline_knows_no_stage_and_statistics_the_demo_for_null_cohorts_alone(repository: Path) -> None:
    package = repository / "workflow_scripts" / "myoscene"
    for path in (package / "pipeline").rglob("*.py"):
        rooms = {module.split(".")[1] for module in imported(path) if module.startswith("myoscene.")}
        assert rooms <= {"core", "machinery", "pipeline"}, path
    seen = {path.stem for path in (package / "statistics").glob("*.py") if "myoscene.demo" in path.read_text()}
    assert seen == {"null_cohort"}


def imported(path: Path) -> list[str]:
    modules = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
    return modules


def test_files_and_functions_keep_their_size(repository: Path) -> None:
    for path in [*repository.glob("workflow_scripts/**/*.py"), *repository.glob("rules/*.smk")]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 420, path
    for path in repository.glob("workflow_scripts/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 75, f"{path.name}: {node.name} is longer than a screen"


def test_code_follows_imports_wherever_they_stand() -> None:
    names = source_files("condition_emg")
    assert "condition_emg.py" in names
    assert "myoscene/emg/condition.py" in names
    assert "myoscene/core/errors.py" in names, "an import of an imported module"
    assert not any("/machinery/" in name for name in names)
    assert "myoscene/cli.py" not in names


# Large packages that a script's imports may load, each from 0.1 to 2 processor seconds of every job's start; a job may
# load more on its way, where its work needs that (scipy.signal with the filters).
LARGE = {"pandas", "pyarrow", "scipy", "sklearn", "statsmodels", "matplotlib", "PIL", "av", "edfio", "pyxdf", "torch"}
TABLES = {"pandas", "pyarrow"}
MAY_LOAD = [
    (set(), "save_config"),
    (
        TABLES,
        "check_cohort check_eyes check_training collect_eyes collect_features collect_learning_curve collect_signals "
        "describe_eyes exclude_frames expression_features extract_features freeze_model list_exclusions list_removed "
        "make_folds predict_scenes read_feature_table read_ratings score_scenes train",
    ),
    (TABLES | {"edfio"}, "assess_quality condition_emg describe_participant merge_quality"),
    (TABLES | {"PIL"}, "prepare_eyes"),
    (
        TABLES | {"scipy"},
        "compare_modalities compare_models compare_personalisation evaluate_model rater_agreement simulate_estimators "
        "tlx_associations",
    ),
    (TABLES | {"scipy", "edfio"}, "null_check null_cohort"),
    (TABLES | {"scipy"}, "scene_effects"),
    (TABLES | {"scipy", "matplotlib", "PIL"}, "make_figures make_page"),
    (
        TABLES | {"scipy", "torch"},
        "collect_inception embed_inception extract_eye_features learning_curve train_blinks",
    ),
]


def test_every_script_says_what_it_may_load(repository: Path) -> None:
    named = [name for _, names in MAY_LOAD for name in names.split()]
    assert sorted(named) == sorted(path.stem for path in repository.glob("workflow_scripts/*.py"))


@pytest.mark.parametrize(
    ("allowed", "scripts"),
    MAY_LOAD,
    ids=lambda value: value.split()[0] if isinstance(value, str) else "+".join(sorted(value)),
)
def test_scripts_load_what_their_rules_need(repository: Path, allowed: set[str], scripts: str) -> None:
    """A job's start-up is its main cost in a large cohort: the imports of these scripts load these packages alone."""
    modules = sorted(
        {
            module
            for name in scripts.split()
            for module in imported(repository / "workflow_scripts" / f"{name}.py")
            if module.startswith("myoscene.")
        }
    )
    code = f"import sys, {', '.join(modules)}; print(*sorted(set({sorted(LARGE)}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) <= allowed
