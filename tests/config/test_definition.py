"""The files made from the key definitions follow them, and every key is documented and used."""

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from myoscene.config.sections import Key, defaults, json_schema, keys
from myoscene.config.write import FILES

KEYS = keys()


@pytest.mark.parametrize("name", sorted(FILES))
def test_written_file_is_what_the_definitions_say(name: str, repository: Path) -> None:
    assert (repository / name).read_text(encoding="utf-8") == FILES[name](), "run `make config`"


def test_default_file_is_the_defaults(repository: Path) -> None:
    assert yaml.safe_load((repository / "config/config.yaml").read_text()) == defaults()


def test_schema_is_valid_and_accepts_the_defaults() -> None:
    Draft202012Validator.check_schema(json_schema())
    Draft202012Validator(json_schema()).validate(defaults())
    json.dumps(json_schema())


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_key_is_documented(key: Key) -> None:
    meaning, _, source = key.meaning.partition(" [")
    assert len(meaning) >= 20
    assert meaning.endswith((".", ")"))
    assert not source or source.endswith("]")
    assert "our choice" not in key.meaning, "what names no source is our choice"
    if key.nullable:
        assert "null" in meaning


def test_every_section_says_what_it_is() -> None:
    for name, part in json_schema()["$defs"].items():
        assert part["description"].endswith("."), name


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.path)
def test_key_is_used(key, repository: Path) -> None:
    """The key's own name has to occur in a rule or in the code of a stage, not only where it is defined."""
    name = key.path.rsplit(".", 1)[1]
    places = [*repository.glob("rules/*.smk"), *repository.glob("workflow_scripts/*.py")]
    package = repository / "workflow_scripts/myoscene"
    places += [
        path for path in package.rglob("*.py") if not re.search(r"settings|config/", str(path.relative_to(package)))
    ]
    pattern = re.compile(rf"\b{re.escape(name)}\b")
    assert any(pattern.search(path.read_text(encoding="utf-8")) for path in places), f"{key.path} is used nowhere"
