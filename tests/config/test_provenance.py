"""What a rule is built from, read quickly; and the expression that names of wildcards are matched with."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.machinery import FORMAT
from myoscene.machinery.provenance import import_statements, one_of, source_files, versions


def imports(tree: ast.Module) -> set[str]:
    return {ast.dump(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)}


def test_reading_import_lines_finds_what_parsing_the_whole_module_does(repository: Path) -> None:
    paths = list((repository / "workflow_scripts").rglob("*.py"))
    assert len(paths) > 100
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert imports(import_statements(text)) == imports(ast.parse(text)), path


@pytest.mark.parametrize(
    "text",
    [
        "import a\n",
        "from a import (\n    b,  # why\n    c as d,\n)\n",
        "def f():\n    with g():\n        from .a import b\n",
        "from a import b, \\\n    c\n",
        '"""A text.\n\nfrom here on: no import\n"""\nimport a\n',
    ],
    ids=["plain", "brackets", "nested", "continued", "docstring"],
)
def test_every_form_of_an_import_is_found(text: str) -> None:
    assert imports(import_statements(text)) == imports(ast.parse(text)) != set()


def test_versions_name_every_source_file_wherever_the_workflow_lies(repository: Path) -> None:
    found = versions("condition_emg")
    scripts = repository / "workflow_scripts"
    assert found.pop(0) == ("format", str(FORMAT))
    assert [name for name, _ in found] == [str(path.relative_to(scripts)) for path in source_files("condition_emg")]
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
