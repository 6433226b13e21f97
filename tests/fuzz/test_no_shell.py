"""No command is built from data, and nothing that a file says is run: held by a look at every line of code.

The checker is itself checked with one planted line for each thing that it has to find.
"""

import ast
import re
from pathlib import Path

import pytest

# Dotted names that are never called.
NEVER = (
    "os.system", "os.popen", "os.startfile", "pty.spawn", "subprocess.getoutput", "subprocess.getstatusoutput",
    "pandas.read_pickle", "pandas.eval", "yaml.unsafe_load", "yaml.unsafe_load_all", "yaml.full_load",
    "yaml.full_load_all", "yaml.UnsafeLoader", "yaml.FullLoader", "yaml.Loader", "snakemake.shell.shell",
    "asyncio.create_subprocess_shell", "importlib.import_module", "runpy.run_path", "runpy.run_module",
)  # fmt: skip
FAMILIES = (
    "os.exec",
    "os.spawn",
    "os.posix_spawn",
    "pickle.",
    "joblib.",
    "dill.",
    "cloudpickle.",
    "shelve.",
    "marshal.",
)
# What of these is harmless: the error that a refused pickle raises.
HARMLESS = ("pickle.UnpicklingError", "pickle.PickleError")
BUILTINS = ("eval", "exec", "compile", "__import__")
# Calls that are safe only with this argument.
NEEDED = {"torch.load": ("weights_only", True), "yaml.load": ("Loader", "safe"), "yaml.load_all": ("Loader", "safe")}
SAFE_LOADERS = ("SafeLoader", "CSafeLoader", "yaml.SafeLoader", "yaml.CSafeLoader")


def faults(source: str) -> list[str]:
    """``line N: what`` of everything in Python code that could run what data say."""
    tree = ast.parse(source)
    names = imports(tree)
    found = []
    for node in ast.walk(tree):
        what = ""
        if isinstance(node, ast.Attribute | ast.Name):
            what = forbidden_name(dotted(node, names))
        elif isinstance(node, ast.Call):
            what = forbidden_call(node, dotted(node.func, names))
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [
                f"line {node.lineno}: {w}" for a in node.names if (w := forbidden_name(f"{node.module}.{a.name}"))
            ]
        if what:
            found.append(f"line {node.lineno}: {what}")
    return found


def imports(tree: ast.AST) -> dict[str, str]:
    """Name in the module -> what it was imported as."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def dotted(node: ast.AST, names: dict[str, str]) -> str:
    """``a.b.c`` of a name or an attribute, by what was imported; "" for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        before = dotted(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""


def forbidden_name(name: str) -> str:
    if name in HARMLESS:
        return ""
    return name if name in NEVER or name.startswith(FAMILIES) else ""


def forbidden_call(node: ast.Call, name: str) -> str:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    if name in BUILTINS:
        return f"{name}()"
    if name == "numpy.load" and not is_constant(given.get("allow_pickle", ast.Constant(False)), False):
        return "numpy.load with pickles allowed"
    if name in NEEDED:
        key, value = NEEDED[name]
        there = given.get(key)
        right = there is not None and (
            ast.unparse(there) in SAFE_LOADERS if value == "safe" else is_constant(there, value)
        )
        return "" if right else f"{name} without {key}={value}"
    if name.startswith("subprocess."):
        shell = given.get("shell")
        if shell is not None and not is_constant(shell, False):
            return "subprocess with a shell"
        if node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp):
            return "a command made of texts"
    return ""


def is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def rule_faults(text: str) -> list[str]:
    """``line N: what`` of every shell command in a rule file: there are none, since every rule is a script."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        code = line.split("#")[0]
        if re.match(r"\s*(shell|run|wrapper|notebook|cwl)\s*:", code) or re.search(r"\bshell\s*\(", code):
            found.append(f"line {number}: {line.strip()}")
    return found


def python_files(repository: Path) -> list[Path]:
    docs = (path for path in repository.glob("docs/*.py") if path.name not in MEASURES)
    return [*repository.glob("workflow_scripts/**/*.py"), *docs, *repository.glob("envs/*.py")]


def test_no_code_runs_what_data_say(repository: Path) -> None:
    files = python_files(repository)
    assert len(files) > 150
    found = {}
    for path in files:
        text = path.read_text(encoding="utf-8")
        bad = [fault for fault in faults(text) if not fault.endswith("importlib.import_module")]
        by_name = re.findall(r"import_module\((.*?)\)", text)
        allowed = MAY_IMPORT.get(path.relative_to(repository).as_posix(), ())
        bad += [f"imports {name}" for name in by_name if not name.startswith(allowed or ("-",))]
        if bad:
            found[str(path)] = bad
    assert not found


# Modules that list a folder of the package, with how the names that they import begin: always inside the package. A
# model's name in a card is looked up among those listed, and refused where it is not among them.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "workflow_scripts/myoscene/core/stage.py": ('f"myoscene.{',),
    "workflow_scripts/myoscene/importing/formats/__init__.py": ('f"{__name__}.',),
    "workflow_scripts/myoscene/learn/models/registry.py": ("self.path", 'f"{__package__}.'),
}


def test_no_rule_builds_a_command(repository: Path) -> None:
    files = [repository / "Snakefile", *sorted(repository.glob("rules/*.smk"))]
    assert len(files) >= 8
    found = {}
    for path in files:
        text = path.read_text(encoding="utf-8")
        # Rule files are Python but for their rules: whatever else they call is looked at as text.
        calls = re.findall(r"\b(?:os\.system|subprocess\.\w+|eval|exec|pickle\.\w+|yaml\.load)\s*\(", text)
        if bad := [*rule_faults(text), *calls]:
            found[str(path)] = bad
    assert not found


def test_a_command_of_the_package_holds_no_data(repository: Path) -> None:
    """The package starts no process but in modules that ask another program, and those never through a shell."""
    for path in repository.glob("workflow_scripts/**/*.py"):
        starts = [name for name in imports(ast.parse(path.read_text())).values() if name.split(".")[0] == "subprocess"]
        assert not starts or path.relative_to(repository).as_posix() in MAY_START, path


# Modules that have to ask another program, with a fixed list of arguments.
MAY_START: tuple[str, ...] = (
    "workflow_scripts/myoscene/machinery/doctor/slurm.py",
    "workflow_scripts/myoscene/machinery/doctor/machine.py",
    "workflow_scripts/myoscene/machinery/orphans.py",
)
# A script for developers that runs the jobs of this workflow itself, to measure them.
MEASURES = ("startup.py",)

PLANTED = {
    "os.system": "import os\nos.system(f'rm {x}')",
    "os.system by another name": "from os import system as go\ngo('x')",
    "os.popen": "import os as o\no.popen('x')",
    "os.execv": "import os\nos.execv('x', [])",
    "a shell": "import subprocess\nsubprocess.run('x', shell=True)",
    "a shell by a variable": "from subprocess import run\nrun(x, shell=maybe)",
    "a command made of texts": "import subprocess\nsubprocess.run(f'cat {name}')",
    "a command joined": "import subprocess\nsubprocess.check_output('cat ' + name)",
    "getoutput": "import subprocess\nsubprocess.getoutput('x')",
    "eval": "eval(text)",
    "exec": "exec(text)",
    "import by name": "import importlib\nimportlib.import_module(text)",
    "pickle": "import pickle\npickle.load(handle)",
    "pickle by name": "from pickle import loads\nloads(b'')",
    "Unpickler": "import pickle\nclass U(pickle.Unpickler): pass",
    "joblib": "import joblib\njoblib.load('x')",
    "pandas": "import pandas as pd\npd.read_pickle('x')",
    "torch": "import torch\ntorch.load('x')",
    "torch, pickles allowed": "import torch\ntorch.load('x', weights_only=False)",
    "numpy, pickles allowed": "import numpy as np\nnp.load('x', allow_pickle=True)",
    "yaml": "import yaml\nyaml.load(text)",
    "yaml, any loader": "import yaml\nyaml.load(text, Loader=loader)",
    "yaml, unsafe": "import yaml\nyaml.load(text, Loader=yaml.UnsafeLoader)",
    "yaml, unsafe load": "from yaml import unsafe_load\nunsafe_load(text)",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_the_checker_finds_what_is_planted(kind: str) -> None:
    assert faults("x = 1\n" + PLANTED[kind])


def test_the_checker_lets_safe_code_pass() -> None:
    safe = (
        "import yaml, torch, numpy as np, subprocess, pickle, re\n"
        "yaml.safe_load(x)\nyaml.load(x, Loader=yaml.SafeLoader)\ntorch.load(x, weights_only=True)\nnp.load(x)\n"
        "np.load(x, allow_pickle=False)\nsubprocess.run([a, b], check=True)\nnetwork.eval()\nre.compile(x)\n"
        "try: pass\nexcept pickle.UnpicklingError: pass\n"
    )
    assert faults(safe) == []


@pytest.mark.parametrize(
    "text",
    [
        "rule a:\n    shell: 'cat {input}'",
        "rule a:\n    run:\n        pass",
        "shell('x')",
        "rule a:\n    shell:\n        'x'",
    ],
)
def test_the_checker_of_rules_finds_what_is_planted(text: str) -> None:
    assert rule_faults(text)
    assert not rule_faults("rule a:\n    script: 'x.py'\n    # shell: no\n    log: 'shell.log'")
