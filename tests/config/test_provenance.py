"""What a rule is built from, read quickly; and the expression that names of wildcards are matched with."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.machinery import FORMAT, provenance
from myoscene.machinery.provenance import imported_modules, meaning, one_of, source_files, versions


@pytest.mark.parametrize(
    "text",
    [
        "import myoscene.core.b\nimport numpy.core\n",
        "from myoscene.core import (\n    b,  # why\n    c as d,\n)\n",
        "def f():\n    with g():\n        from .core import b\n",
        "from myoscene.core import b, \\\n    c\n",
        '"""A text.\n\nfrom here on: no import\n"""\nif a: import myoscene.core.b\n',
    ],
    ids=["plain", "brackets", "nested", "continued", "behind"],
)
def test_every_form_of_an_import_is_found(text: str) -> None:
    found = imported_modules("myoscene/a.py", text)
    assert "myoscene.core.b" in found
    assert all(name.startswith("myoscene.core") for name in found)


def test_comments_docstrings_and_empty_lines_mean_nothing() -> None:
    plain = 'A = "# 1"\n\n\ndef f(x):\n    return [x, "# 2"]\n'
    said = (
        '# Why.\n"""What this is.\n\nMore."""  # so\nA = "# 1"\n"""What A is."""\n'
        'def f(x):\n    """What f gives."""\n\n    # How.\n    return [x, "# 2"]  # and why\n'
    )
    assert meaning(said) == meaning(plain) != ""
    for other in (plain.replace("# 1", "# 3"), plain.replace("x, ", "x + x, "), plain + "B = 1\n"):
        assert meaning(other) != meaning(plain)
    for name in "ab":
        assert repr(name) in meaning('f(\n    "a"\n)\nB = """b"""\n'), "strings that are not docstrings stay"


def test_what_is_known_of_a_file_holds_until_it_changes(tmp_path: Path) -> None:
    """Each call in a process of its own, as Snakemake's are."""
    for name in ("machinery", "core"):
        shutil.copytree(provenance.PACKAGE / name, tmp_path / "myoscene" / name)
    shutil.copy(provenance.PACKAGE / "__init__.py", tmp_path / "myoscene")
    script = tmp_path / "a.py"
    kept = tmp_path / "myoscene/machinery/__pycache__/sources.json"
    code = "from myoscene.machinery.provenance import versions; print(dict(versions('a')))"

    def digest() -> str:
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
                              env={**os.environ, "PYTHONPATH": str(tmp_path)})  # fmt: skip
        return ast.literal_eval(done.stdout)["a.py"]

    script.write_text("A = 1\n")
    first = digest()
    assert json.loads(kept.read_text())["a.py"][1] == first == digest()
    script.write_text("A = 2\n")
    second = digest()
    assert second != first
    # What another version of this module, or another Python, found in the same file counts no more.
    for foreign in ({"state": "another Python"}, {}):
        entries = json.loads(kept.read_text())
        entries["a.py"] = [[*entries["a.py"][0][:3], *foreign.values()], "0" * 16, []]
        kept.write_text(json.dumps(entries))
        assert digest() == second
    for damaged in (b"", b"[]", b"\xff"):
        kept.write_bytes(damaged)
        assert digest() == second


def test_versions_name_every_source_file_wherever_the_workflow_lies() -> None:
    found = versions("condition_emg")
    assert found.pop(0) == ("format", str(FORMAT))
    assert [name for name, _ in found] == source_files("condition_emg")
    assert {"condition_emg.py", "myoscene/pipeline/filters.py"} <= {name for name, _ in found}
    assert all(re.fullmatch("[0-9a-f]{16}", digits) for _, digits in found)


@settings(deadline=None)
@given(st.sets(st.text("01aB", min_size=1, max_size=5), min_size=1), st.text("01aB", max_size=6))
def test_one_of_matches_the_names_and_nothing_else(names: set[str], other: str) -> None:
    expression = re.compile(one_of(names))
    assert all(expression.fullmatch(name) for name in names)
    assert bool(expression.fullmatch(other)) == (other in names)
    assert re.fullmatch(f"{one_of(names)}_x", f"{min(names)}_x")


def test_one_of_takes_signs_literally() -> None:
    assert re.fullmatch(one_of(["a.b"]), "a.b")
    assert not re.fullmatch(one_of(["a.b"]), "axb")


def test_one_of_a_thousand_names_shares_their_beginnings() -> None:
    names = [f"{number:04d}" for number in range(1000)]
    expression = one_of(names)
    assert all(re.fullmatch(expression, name) for name in names)
    assert len(expression) < 0.8 * len("|".join(names))
