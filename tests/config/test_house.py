"""The house: one stage, one name, five places; thin scripts; no import upwards; code() in every rule."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
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
    "face": {"recordings", "eyes"},
    "learn": {"recordings", "emg", "eyes"},
    "scenes": {"recordings", "emg", "eyes", "learn"},
    "statistics": {"recordings", "learn", "scenes", "demo"},
    "mapping": {"recordings", "emg", "face"},
    "report": {"recordings", "emg", "eyes", "face", "learn", "scenes", "statistics", "mapping"},
}
SHARED = {"core", "machinery", "pipeline", "drawing"}
# Rooms from the ground up: imports only go down, or stay on the floor (core and machinery have one).
FLOOR = {
    name: floor
    for floor, names in enumerate(
        [
            "core machinery",
            "pipeline drawing",
            "recordings",
            "emg eyes",
            "face",
            "restore",
            "learn.cohort",
            "learn.engine",
            "learn.models",
            "learn.scores",
            "scenes importing mapping",
            "demo",
            "statistics",
            "report",
            "config",
            "plan run asks commands cli cli_faces",
        ]
    )
    for name in names.split()
}


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
    assert len(found) == 7
    for name, body in found:
        assert re.search(r"^ +raw=lambda wildcards: RawFiles\(", body, flags=re.M), f"{name} has raw files elsewhere"
        assert f'seen=seen("{name}")' in body, f"{name} reads raw files and does not state seen"


def test_every_script_belongs_to_a_rule_and_is_thin(repository: Path) -> None:
    used = {match for *_, body in rules(repository) for match in re.findall(r"workflow_scripts/(\w+)\.py", body)}
    scripts = {path.stem: path for path in repository.glob("workflow_scripts/*.py")}
    assert set(scripts) == used
    for path in scripts.values():
        lines = [line for line in path.read_text().splitlines() if line.strip()]
        assert len(lines) <= 15, f"{path.name} is no longer thin"
        assert "snakemake.config" not in path.read_text()


def test_the_package_never_sees_the_snakemake_object(repository: Path) -> None:
    for path in repository.glob("workflow_scripts/myoscene/**/*.py"):
        if path.name != "job.py":
            assert not re.search(r"\bsnakemake\.(input|output|params|config|wildcards|log)\b", path.read_text()), path


def room(module: str) -> str:
    """``myoscene.learn.engine.loop`` -> ``learn.engine``; what lies in the package itself is a room of its own."""
    parts = module.split(".")[1:]
    return ".".join(parts[:2]) if parts[0] == "learn" and len(parts) > 2 else parts[0]


@cache
def import_graph(repository: Path) -> dict[str, set[str]]:
    """Module of the package -> the modules of it that it imports, inside functions too."""
    scripts = repository / "workflow_scripts"
    paths = {
        ".".join(path.relative_to(scripts).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (scripts / "myoscene").rglob("*.py")
    }
    graph: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                named = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            graph[name].update(module for module in named if module in paths and module not in ("myoscene", name))
    return graph


def test_no_imports_go_in_a_circle(repository: Path) -> None:
    graph = import_graph(repository)
    assert len(graph) > 150 and sum(map(len, graph.values())) > 500
    with pytest.raises(CycleError):  # what this test looks for is seen where it is
        tuple(TopologicalSorter(graph | {"myoscene.core.errors": {"myoscene.cli"}}).static_order())
    tuple(TopologicalSorter(graph).static_order())


def test_imports_go_down_only(repository: Path) -> None:
    """Tables of any stage may be read by any other: they are what stages hand over."""
    graph = import_graph(repository)
    assert {room(name) for name in graph if name.count(".")} - {"learn"} <= set(FLOOR)
    for name, modules in graph.items():
        if name.count(".") == 0 or name.endswith(".settings"):
            continue
        for module in modules:
            if not module.endswith(".tables"):
                floors = FLOOR.get(room(name), FLOOR["learn.scores"]), FLOOR.get(room(module), FLOOR["learn.cohort"])
                assert floors[1] <= floors[0], f"{name} imports {module}, which stands above it"


def test_stages_use_few_others(repository: Path) -> None:
    for name, modules in import_graph(repository).items():
        stage = room(name).split(".")[0] if name.count(".") else ""
        if stage not in STAGES or name.endswith(".settings"):
            continue
        for module in modules:
            other = module.split(".")[1]
            if other not in SHARED | {stage} and not module.endswith(".tables"):
                assert other in MAY_USE[stage], f"{name} imports {module}"


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
    for path in [
        *repository.glob("workflow_scripts/**/*.py"),
        *repository.glob("tests/**/*.py"),
        *repository.glob("rules/*.smk"),
        repository / "Snakefile",
    ]:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path
    for path in repository.glob("workflow_scripts/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                where = f"{path.name}: {node.name}"
                assert (node.end_lineno or 0) - node.lineno < 70, f"{where} is longer than a screen"
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                own = len(given) - (bool(given) and given[0].arg in ("self", "cls"))
                assert own <= 8, f"{where} has {own} parameters"


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
        "check_cohort check_eyes check_faces check_training collect_eyes collect_features collect_learning_curve "
        "collect_signals describe_eyes exclude_frames expression_features extract_features freeze_model "
        "list_exclusions list_removed make_folds map_emg2exp map_exp2emg predict_scenes prepare_face "
        "read_feature_table read_ratings score_scenes train write_live_link",
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
    if "torch" in allowed:
        pytest.importorskip("torch")
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
