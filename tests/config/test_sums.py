"""Sums of numbers with a fraction are the same to the last bit under every Python."""

import ast
from pathlib import Path

# Where Python's own `sum` adds whole numbers or arrays, and how often. Of floats it has rounded otherwise since Python
# 3.12: use math.fsum, or numpy. One that begins with an array, `sum(parts, np.zeros(()))`, says so itself.
WHOLE = {
    "asks.py": 3,
    "demo/activity.py": 1,
    "emg/quality.py": 2,
    "drawing/face.py": 1,
    "eyes/ingest.py": 3,
    "face/parameters.py": 1,
    "importing/report.py": 1,
    "importing/run.py": 1,
    "learn/models/eye_inception/network.py": 1,
    "learn/models/fusion/joint.py": 1,
    "learn/scores/modalities.py": 1,
    "pipeline/normalise.py": 3,
    "recordings/ratings_tables.py": 1,
    "recordings/records.py": 2,
}


def test_python_sums_nothing_but_whole_numbers_and_arrays(repository: Path) -> None:
    package = repository / "workflow_scripts/myoscene"
    found = {}
    for path in sorted(package.rglob("*.py")):
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        named = [node.func.id for node in calls if isinstance(node.func, ast.Name) and len(node.args) == 1]
        sums = named.count("sum")
        if sums:
            found[path.relative_to(package).as_posix()] = sums
    assert found == WHOLE, "floats: math.fsum; whole numbers or arrays: add the file to this list"
