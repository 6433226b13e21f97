"""The files made from the key definitions follow them, and every key is documented and used."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from myoscene.config.render import defaults, json_schema
from myoscene.config.sections import KEYS, SECTIONS
from myoscene.config.write import FILES

STAGES = ("recordings", "emg", "eyes", "learn", "scenes", "statistics", "report")


@pytest.mark.parametrize("name", sorted(FILES))
def test_written_file_is_what_the_definitions_say(name: str, repository: Path) -> None:
    assert (repository / name).read_text(encoding="utf-8") == FILES[name](), "run `make config`"


def test_default_file_is_the_defaults(repository: Path) -> None:
    assert yaml.safe_load((repository / "config/config.yaml").read_text()) == defaults()


def test_schema_is_valid_and_accepts_the_defaults() -> None:
    Draft202012Validator.check_schema(json_schema())
    Draft202012Validator(json_schema()).validate(defaults())
    json.dumps(json_schema())


def test_keys_are_unique_and_in_their_section() -> None:
    paths = [key.path for key in KEYS]
    assert len(set(paths)) == len(paths)
    for section, (meaning, keys) in SECTIONS.items():
        assert meaning
        assert all(key.path.startswith(f"{section}.") for key in keys)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_key_is_documented(key) -> None:
    assert len(key.meaning) >= 20
    assert key.meaning.rstrip().endswith((".", ")"))
    assert key.source.strip()
    if key.nullable:
        assert "null" in key.meaning


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_key_is_used(key, repository: Path) -> None:
    """The key's own name has to occur in a rule or in the code of a stage, not only where it is defined."""
    name = key.path.rsplit(".", 1)[1]
    places = [*repository.glob("rules/*.smk"), *repository.glob("workflow_scripts/*.py")]
    for stage in STAGES:
        places += repository.glob(f"workflow_scripts/myoscene/{stage}/**/*.py")
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    assert any(pattern.search(path.read_text(encoding="utf-8")) for path in places), f"{key.path} is used nowhere"


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_key_is_passed_to_a_rule(key, repository: Path) -> None:
    """Some rule passes the key, or a section that holds it: a value that no rule hands on can change nothing."""
    places = [*sorted(repository.glob("rules/*.smk")), repository / "workflow_scripts/myoscene/run.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in places)
    text = text.replace("complete_config", "config").replace("learn[", 'config["learn"][')
    parts = key.path.split(".")
    found = any(
        re.search(r"config" + "".join(rf'\["{part}"\]' for part in parts[:depth]) + r"(?!\[\")", text)
        for depth in range(1, len(parts) + 1)
    )
    assert found, f"no rule passes {key.path}"
