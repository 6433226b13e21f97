"""The house: one stage, one name, five places; thin scripts; no import upwards; code() in every rule."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from myoscene.provenance import source_files

STAGES = ["recordings", "emg", "eyes", "learn", "scenes", "statistics", "report"]
# A stage may use the package of these others; everything else goes through tables.
MAY_USE = {
    "recordings": set(),
    "emg": {"recordings"},
    "eyes": {"recordings"},
    "learn": {"emg", "eyes"},
    "scenes": {"emg", "eyes", "learn"},
    "statistics": {"recordings", "emg", "learn", "scenes"},
    "report": set(),
}
SHARED = {"errors", "files", "job", "tables", "config", "provenance", "parse"}


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
    from myoscene.config.keys import SECTIONS

    assert (repository / "rules" / f"{stage}.smk").is_file()
    assert (repository / "workflow_scripts" / "myoscene" / stage / "__init__.py").is_file()
    assert list((repository / "tests" / stage).rglob("test_*.py"))
    assert stage in SECTIONS
    assert f"results/{stage}/" in (repository / "rules" / f"{stage}.smk").read_text()


def test_every_script_rule_states_what_it_is_built_from(repository: Path) -> None:
    found = [rule for rule in rules(repository) if "script:" in rule[2]]
    assert len(found) >= 15
    for stage, name, body in found:
        script = re.search(r'script:\s*"\.\./workflow_scripts/(\w+)\.py"', body)
        assert script, f"{stage}: {name} has no script of the house's form"
        assert f'code("{script[1]}")' in body, f"{stage}: {name} does not state its code"
        for word in ("log:", "benchmark:", "conda:"):
            assert word in body, f"{stage}: {name} has no {word}"


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
                assert parts[1] in MAY_USE[stage], f"{path.relative_to(package)} imports {module}"


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


def test_code_follows_imports_wherever_they_stand(repository: Path) -> None:
    names = {path.relative_to(repository / "workflow_scripts").as_posix() for path in source_files("save_config")}
    assert "save_config.py" in names
    assert "myoscene/config/save.py" in names
    assert "myoscene/files.py" in names, "an import of an imported module"
    assert "myoscene/cli.py" not in names


def test_heavy_packages_stay_out_of_light_jobs(repository: Path) -> None:
    """A job's start-up is its main cost: nothing that a rule of the signals environment imports loads torch."""
    modules = set()
    for _, _, body in rules(repository):
        script = re.search(r"workflow_scripts/(\w+)\.py", body)
        if script and "envs/signals.yaml" in body:
            path = repository / "workflow_scripts" / f"{script[1]}.py"
            modules.update(module for module in imported(path) if module.startswith("myoscene."))
    statements = "; ".join(f"import {module}" for module in sorted(modules))
    code = f"import sys; {statements}; assert 'torch' not in sys.modules; print(len(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
