"""Profiles, and the resources that rules state: they agree, name rules that exist, and grow with the attempt."""

import os
import re
import runpy
from pathlib import Path

import pytest
import yaml
from myoscene.asks import Asks
from myoscene.config.check import complete
from myoscene.eyes.selection import EyeSelection
from myoscene.plan import Plan
from myoscene.recordings.selection import Selection
from myoscene.run import Run
from snakemake.iocontainers import Wildcards

ALONE = {"train_network", "train_blinks", "learning_curve", "collect_inception",
         "map_emg2exp", "map_exp2emg", "write_live_link"}  # fmt: skip


@pytest.fixture(scope="module")
def stated(repository: Path):
    return runpy.run_path(str(repository / "docs" / "resources.py"))["stated"]()


def profile(repository: Path, name: str) -> dict:
    return yaml.safe_load((repository / name / "config.yaml").read_text())


@pytest.mark.parametrize("name", ["workstation", "slurm"])
def test_a_profile_repeats_what_the_default_one_says(repository: Path, name: str) -> None:
    # Snakemake reads profiles/default no more when another workflow profile is named.
    default = profile(repository, "profiles/default")
    own = profile(repository, f"config/profiles/{name}")
    looked_at = own.pop("scheduler-subsample")
    assert looked_at >= default.pop("scheduler-subsample")
    assert looked_at >= (own["jobs"] if name == "slurm" else 1), "fewer would leave places in the queue empty"
    assert {key: own.get(key) for key in default} == default


def test_the_site_example_changes_nothing_until_it_is_edited(repository: Path) -> None:
    slurm, site = (profile(repository, f"config/profiles/{name}") for name in ("slurm", "site.example"))
    assert site and site == {key: slurm[key] for key in site}


def test_the_site_example_is_a_profile_with_its_comment_signs_taken_off(repository: Path) -> None:
    text = (repository / "config/profiles/site.example/config.yaml").read_text()
    read = yaml.safe_load(re.sub(r"^# ((?:  )+\w+:|[a-z-]+:(?: \w+)?$)", r"\1", text, flags=re.M))
    assert set(read) == {"latency-wait", "default-resources", "slurm-qos", "set-resources"}
    assert set(read["default-resources"]) == {"slurm_partition", "slurm_account"}
    assert read["set-resources"]["train_network"]["gres"] == "gpu:1"
    assert read["set-resources"]["train_blinks"]["gpu"] == 1


def test_every_rule_is_bundled_or_stands_alone_on_purpose(repository: Path, stated) -> None:
    slurm = profile(repository, "config/profiles/slurm")
    rules = set(stated.index)
    assert set(slurm["groups"]) | ALONE == rules
    assert not set(slurm["groups"]) & ALONE
    assert set(slurm["group-components"]) == set(slurm["groups"].values())


def test_every_rule_states_threads_memory_and_time(stated) -> None:
    for rule, row in stated.iterrows():
        assert row["threads"].isdigit(), f"{rule} has no threads"
        if rule == "train_network":  # by the model: see below
            assert (row["mem_mb"], row["runtime"]) == ("training_memory", "training_minutes()")
            continue
        assert re.match(r"memory\(\d+", row["mem_mb"]), f"{rule} has no mem_mb=memory(...)"
        assert re.match(r"minutes\(\d+", row["runtime"]), f"{rule} has no runtime=minutes(...)"
        assert int(re.findall(r"\d+", row["mem_mb"])[0]) >= 600, f"{rule} leaves no room for two nested Snakemakes"


def test_retries_stand_in_no_rule(repository: Path) -> None:
    # There they would run again inside the same allocation, with the same memory.
    for path in [repository / "Snakefile", *repository.glob("rules/*.smk")]:
        assert not re.search(r"^\s*retries:", path.read_text(), re.M), path
    assert profile(repository, "config/profiles/slurm")["retries"] == 2


def test_memory_and_time_grow_with_the_attempt_and_the_data(repository: Path, tmp_path: Path) -> None:
    raw = tmp_path / "raw.bdf"
    raw.touch()
    os.truncate(raw, 100_000_000)
    selection = Selection(["01", "02"], raw_files={"01": [str(raw)]}, applied=["02"])
    folds = {str(number): str(number) for number in range(7)}
    asks = Asks(Run(Plan(complete({}), selection, EyeSelection(), folds)))
    wildcards = Wildcards(fromdict={"participant": "01"})
    files = [str(tmp_path / name) for name in ("table.parquet", "images.npy")]
    for file, size in zip(files, (50_000_000, 1_000_000_000), strict=True):
        Path(file).touch()
        os.truncate(file, size)
    of_models = [Wildcards(fromdict={"model": name}) for name in ("cnn_tcn", "eye_cnn", "fusion_late")]
    # 15, 5 and 15 times 50 MB of tables, a tenth of 1 GB of images
    assert [asks.training_memory(name, files, 1) for name in of_models] == [1750, 1450, 2150]
    assert asks.training_memory(of_models[0], files, 2) == 3500
    assert asks.training_minutes()(of_models[0], 2) == 48
    memory = asks.memory(700, raw=8, inputs=2)
    # 700, 8 times 100 MB of raw files, twice 50 MB of tables, a tenth of 1 GB of images
    assert [memory(wildcards, files, attempt) for attempt in (1, 2, 3)] == [1700, 3400, 5100]
    assert asks.memory(900, images=2)(wildcards, files, 1) == 2900
    assert asks.memory(700)(Wildcards(fromdict={}), None, 2) == 1400
    assert [asks.minutes(10, person=3)(wildcards, attempt) for attempt in (1, 3)] == [16, 48]
    assert asks.minutes(20, fold=1)(wildcards, 1) == 20
    assert asks.minutes(20, fold=1)(Wildcards(fromdict={"participant": "02"}), 2) == 54
