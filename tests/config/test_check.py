"""What a configuration is refused for, and what the sentence says."""

import json
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from myoscene.cli import main
from myoscene.config.check import complete, load, merge
from myoscene.config.sections import defaults, keys
from myoscene.core.errors import InputError
from myoscene.core.parse import parse_yaml

EYES_ALONE = {"recordings": {"input": "eyes"}, "learn": {"models": ["eye_cnn"]}}


def test_nothing_said_gives_the_defaults() -> None:
    assert complete({}) == defaults()


def test_changes_are_laid_over_the_defaults() -> None:
    config = complete({"emg": {"filters": {"order": 2}}})
    assert config["emg"]["filters"] == {**defaults()["emg"]["filters"], "order": 2}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"emg": {"filter": {}}}, "did you mean 'emg.filters'"),
        ({"emg": {"filters": {"lowcut_hz": 30}}}, "did you mean 'emg.filters.low_cut_hz'"),
        ({"recordings": {"hop_s": 0.1}}, "did you mean 'emg.windows.hop_s'"),
        ({"statistic": {}}, "did you mean 'statistics'"),
        ({"zzz": {}}, "unknown configuration key 'zzz'"),
        ({"emg": 3}, "section with keys of its own"),
        ({"emg": {"rate_hz": "fast"}}, "'emg.rate_hz' is 'fast', but has to be a number"),
        ({"emg": {"rate_hz": 0}}, "above 0"),
        ({"emg": {"filters": {"notch": "yes"}}}, "true or false"),
        ({"emg": {"filters": {"order": 2.5}}}, "a whole number"),
        ({"emg": {"normalise": {"method": "zscore"}}}, "one of neutral_max, calibration_z, calibration_log_z, none"),
        ({"execution": {"device": "gpu"}}, "one of cpu, cuda"),
        ({"learn": {"models": ["svm"]}}, "a list of any of"),
        ({"learn": {"models": ["lda", "lda"]}}, "without repeats"),
        ({"recordings": {"dataset": ""}}, "recordings.dataset"),
        ({"emg": {"filters": {"low_cut_hz": 460}}}, "has to lie below emg.filters.high_cut_hz"),
        ({"emg": {"rate_hz": 500}}, "Nyquist limit of emg.rate_hz (500 Hz, limit 250 Hz)"),
        ({"emg": {"windows": {"hop_s": 2.0}}}, "longer than emg.windows.length_s"),
        ({"emg": {"windows": {"hop_s": 0.0003}}}, "whole number of samples"),
        ({"emg": {"envelope_rate_hz": 2000}}, "above emg.rate_hz"),
        ({"recordings": {"neutral": "rest"}}, "not among recordings.classes"),
        ({"recordings": {"classes": ["neutral", "Smile"]}}, "'Smile' cannot be a class name"),
        ({"recordings": {"classes": ["neutral", "uncertain"]}}, "'uncertain' cannot be a class name"),
        ({"recordings": {"classes": ["neutral"]}}, "at least two classes"),
        ({"recordings": {"ignore_events": ["smile"]}}, "both name 'smile'"),
        ({"recordings": {"ignore_events": ["a"], "scene_events": ["a"]}}, "both name 'a'"),
        ({"recordings": {"scene_tasks": ["calibration"]}}, "both name 'calibration'"),
        ({"recordings": {"neutral": None}}, "needs recordings.neutral"),
        ({"recordings": {"calibration_tasks": []}}, "set fit_on to 'all'"),
        ({"recordings": {"input": "features"}, "scenes": {"models": []}}, "recordings.feature_table"),
        ({"scenes": {"models": ["knn"]}}, "not among learn.models"),
        ({"recordings": {"input": "ratings"}, "scenes": {"models": ["cnn_tcn"]}}, "scenes.models has to be []"),
        ({"recordings": {"input": "eyes"}}, "'lda' reads EMG features, which recordings.input 'eyes' does not have"),
        (
            {**EYES_ALONE, "scenes": {"models": ["eye_cnn"]}},
            "scenes.models names 'eye_cnn', but with recordings.input 'eyes' the scenes are",
        ),
        (
            merge(EYES_ALONE, {"recordings": {"scene_tasks": ["calm"]}, "emg": {"windows": {"hop_s": 2.0}}}),
            "longer than emg.windows.length_s",
        ),
        (
            {"recordings": {"input": "features", "feature_table": "a.csv"}, "learn": {"models": ["eye_cnn"]}},
            "'eye_cnn' reads eye images",
        ),
        ({"learn": {"models": ["cnn_tcn", "fusion_late"]}}, "add 'eye_cnn' to the list"),
        ({"eyes": {"label_set": "emotive"}}, "needs the same classes in EMG and eye images"),
        ({"eyes": {"label_set": "emotions"}}, "emotive"),
        ({"eyes": {"label_set": "listed"}}, "eyes.classes is empty"),
        ({"eyes": {"label_set": "listed", "classes": ["neutral", "Wink"]}}, "'Wink' cannot be a class name"),
        ({"eyes": {"classes": ["neutral", "wink"]}}, "set it to `listed`"),
        ({"learn": {"models": ["eye_inception"]}}, "eye_inception needs"),
        (
            {"emg": {"windows": {"hop_s": 0.101}}},
            "learn.cnn_tcn.stride_samples = 25 does not divide the hop of 101 samples",
        ),
    ],
)
def test_refusals_name_the_key_and_what_was_meant(changes: dict, says: str) -> None:
    with pytest.raises(InputError) as caught:
        complete(changes)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"emg: [", "line 1"),
        (b"- a\n- b\n", "has to hold sections"),
        (b"emg: \xff\n", "UTF-8"),
        (b"emg: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
    ],
)
def test_files_that_are_no_configuration(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        load(path)


def test_eye_images_alone_may_have_scenes_or_none() -> None:
    named = merge(EYES_ALONE, {"recordings": {"scene_tasks": ["calm"]}, "scenes": {"models": ["eye_cnn"]}})
    assert complete(named)["scenes"]["models"] == ["eye_cnn"]
    assert complete(EYES_ALONE | {"emg": {"windows": {"hop_s": 2.0}}})["scenes"]["models"] is None


def test_merge_replaces_lists_and_joins_sections() -> None:
    assert merge({"a": {"b": [1], "c": 2}}, {"a": {"b": [3]}}) == {"a": {"b": [3], "c": 2}}


def test_check_config_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("emg:\n  filters:\n    order: 2\n")
    bad.write_text("emg:\n  filters:\n    ordr: 2\n")
    assert main(["check-config", "--no-dataset", str(good)]) == 0
    assert main(["check-config", "--no-dataset", str(bad)]) == 2
    assert "did you mean 'emg.filters.order'" in capsys.readouterr().err
    assert main(["check-config", "--no-dataset", str(tmp_path / "none.yaml")]) == 2


def test_a_whole_number_may_have_a_point() -> None:
    found = complete({"learn": {"folds": {"k": 4.0}, "learning_curve": {"people": [3.0]}}})
    assert (found["learn"]["folds"]["k"], type(found["learn"]["folds"]["k"])) == (4, int)
    assert found["learn"]["learning_curve"]["people"] == [3]
    with pytest.raises(InputError, match="is 4.5, but has to be a whole number"):
        complete({"learn": {"folds": {"k": 4.5}}})


def other_ways(value: Any) -> Iterator[Any]:
    """How else a user may write a number, numbers in a list, or a path."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        if value == int(value):
            yield int(value)
        yield float(value)
        yield parse_yaml(f"{value:e}")  # 1e3, which YAML 1.1 takes for a text
        yield parse_yaml(f"+{value:.1e}".replace("e+0", "E")) if float(f"{value:.1e}") == value else value
    elif isinstance(value, list):
        yield [float(item) if isinstance(item, int) else item for item in value]
    elif "/" in value or value == "demo_cohort":
        yield from (f"./{value}", f"{value}/", value.replace("/", "//"))


def test_a_value_written_otherwise_is_the_same_param() -> None:
    """Snakemake compares params by their ``repr``, in which 20 is not 20.0."""
    begun = complete({"recordings": {"ratings": {"file": "a/b.csv"}}, "learn": {"learning_curve": {"people": [2, 3]}}})
    asked = set()
    for key in keys():
        *sections, name = key.path.split(".")
        node: Any = begun
        for section in sections:
            node = node[section]
        for value in other_ways(node[name]):
            changes = {name: value}
            for section in reversed(sections):
                changes = {section: changes}
            assert repr(complete(merge(begun, changes))) == repr(begun), f"{key.path}: {value!r}"
            asked.add(key.path)
    numbers = {key.path for key in keys() if type(key.default) in (int, float)}
    assert numbers <= asked
    assert {"recordings.dataset", "recordings.ratings.file", "learn.learning_curve.people"} <= asked
    assert len(numbers) > 80


def test_the_order_of_keys_and_the_kind_of_mapping_change_no_param() -> None:
    begun = complete({})
    backwards = json.loads(json.dumps(begun), object_pairs_hook=lambda pairs: OrderedDict(reversed(pairs)))
    assert repr(complete(backwards)) == repr(begun)
    with pytest.raises(InputError, match="'20', but has to be a number"):
        complete({"emg": {"filters": {"low_cut_hz": "20"}}})
