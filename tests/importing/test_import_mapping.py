"""Mapping files: checked wholly before a source is opened."""

import json

import pytest
from importing.import_sources import text_mapping, write_mapping
from jsonschema import Draft202012Validator
from myoscene.core.errors import InputError
from myoscene.importing.identifiers import bids_label, compile_pattern, matches_any
from myoscene.importing.mapping import load_mapping, schema, schema_text


def test_the_schema_file_is_the_one_in_the_code(repository):
    assert (repository / "config/schemas/mapping.schema.json").read_text(encoding="utf-8") == schema_text()
    Draft202012Validator.check_schema(json.loads(schema_text()))


def test_every_key_has_a_description():
    parts = {"": schema(), **schema()["$defs"]}
    assert all(part["description"].endswith(".") for part in parts.values())
    for part, node in parts.items():
        for name, child in node["properties"].items():
            assert "description" in child or "$ref" in child, f"{part}.{name}"


def test_every_example_is_a_valid_mapping(repository):
    examples = sorted((repository / "config/examples").glob("*/mapping.yaml"))
    assert {path.parent.name for path in examples} >= {
        "fmov", "uci_gestures", "kolodziej", "queue_tlx", "emteqpro", "xdf", "edf", "mrl_eyes",
    }  # fmt: skip
    for path in examples:
        load_mapping(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chanels": []}, "unknown key 'chanels'; did you mean 'channels'"),
        ({"time": {"colum": "t", "unit": "s"}}, "unknown key 'time.colum'; did you mean 'column'"),
        (
            {"events": [{"label_colunm": {"column": 1}}]},
            "unknown key 'events.label_colunm'; did you mean 'label_column'",
        ),
        ({"events": [{"label_column": {"column": 1, "valeus": {}}}]}, "did you mean 'values'"),
        ({"channels": [{"column": 1, "name": "Zyg Left"}]}, r"'channels\[1\].name'.*lower snake case"),
        ({"channels": [{"column": 1, "name": "a"}, {"column": 2, "name": "a"}]}, "channel name 'a' twice"),
        ({"channels": [{"column": 1, "name": "a"}, {"column": 1, "name": "b"}]}, "channel column '1' twice"),
        ({"time": {"column": "t"}}, "a time column needs its `unit`"),
        ({"time": {}}, "give the time `column` or the `rate_hz`"),
        ({"time": {"rate_hz": -5}}, "'time.rate_hz'"),
        ({"text": {"delimiter": "comma", "decimal": ","}}, "cannot both be commas"),
        ({"source": {"format": "csv", "files": "x"}}, "'source.format'.*one of delimited, matlab"),
        ({"source": {"format": "xdf", "files": "x"}}, "needs a section `xdf`"),
        ({"source": {"format": "edf"}}, "either `files` or `regex`"),
        ({"missing_samples": "ignore"}, "one of error, mark"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, change, message):
    path = write_mapping(tmp_path, text_mapping(**change))
    with pytest.raises(InputError, match=message):
        load_mapping(path)


def test_files_that_are_no_mapping_are_refused(tmp_path):
    path = tmp_path / "m.yaml"
    with pytest.raises(InputError, match="there is no mapping file"):
        load_mapping(path)
    path.write_bytes(b"dataset: {name: \xff}")
    with pytest.raises(InputError, match="not UTF-8"):
        load_mapping(path)
    path.write_text("dataset: [\n")
    with pytest.raises(InputError, match=r"not valid YAML \(line 2: "):
        load_mapping(path)
    path.write_text("dataset: {name: x}\n")
    with pytest.raises(InputError, match="names no input"):
        load_mapping(path)


def test_yes_and_on_are_texts_and_numbers_are_keys(tmp_path):
    path = write_mapping(tmp_path, text_mapping())
    text = path.read_text().split("events:")[0]
    path.write_text(
        text + "events:\n- label_column: {column: label, values: {1: smile, 2.0: on, on: yes, no: frown}}\n"
    )
    values = load_mapping(path)["events"][0]["label_column"]["values"]
    assert values == {"1": "smile", "2": "on", "on": "yes", "no": "frown"}


def test_path_patterns():
    match = compile_pattern("{participant}/**/{task}_raw_*.txt").fullmatch("01/a/b/rest_raw_x.y.txt")
    assert match is not None and match.groupdict() == {"participant": "01", "task": "rest"}
    assert compile_pattern("{participant}.txt").fullmatch("a/b.txt") is None
    assert compile_pattern("{participant}/{participant}_x.csv").fullmatch("01/02_x.csv") is None
    assert compile_pattern("{participant}/{participant}_x.csv").fullmatch("01/01_x.csv")
    assert matches_any("deep/down/a.csv", ["*.csv"]) and not matches_any("deep/a.csv", ["x/*.csv"])
    with pytest.raises(InputError, match="has '{}'"):
        compile_pattern("{}.txt")


@pytest.mark.parametrize("value", ["P/01", "P.01", "P 01", "P-01", "", "Jürg"])
def test_identifiers_that_bids_cannot_hold_are_refused_with_a_rename(value):
    with pytest.raises(InputError, match="rename") as caught:
        bids_label(value, "participant", {}, "a.csv")
    assert str(caught.value).startswith("a.csv: ")
    assert bids_label("P-01", "participant", {"rename": {"P-01": "one"}}, "a.csv") == "one"
    assert bids_label("P-0 1.x", "participant", {"clean": True}, "a.csv") == "P01x"
