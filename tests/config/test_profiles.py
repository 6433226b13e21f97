"""Profiles, and the resources that rules state: they agree, name rules that exist, and grow with the attempt."""

import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

ALONE = {"train_network", "train_eyes", "train_blinks", "train_fusion", "train_inception", "learning_curve",
         "collect_inception"}  # fmt: skip


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
    assert {key: own.get(key) for key in default} == default


def test_the_site_example_changes_nothing_until_it_is_edited(repository: Path) -> None:
    assert profile(repository, "config/profiles/site.example") == {}
    text = (repository / "config/profiles/site.example/config.yaml").read_text()
    # With the comment signs taken off the indented lines of each block, it is a profile.
    blocks = re.findall(r"^# ((?:default-resources|set-resources):\n(?:#   .+\n)+)", text, re.M)
    assert len(blocks) == 3
    read = [yaml.safe_load(re.sub(r"^# ", "", block, flags=re.M)) for block in blocks]
    assert set(read[0]["default-resources"]) == {"slurm_partition", "slurm_account"}
    asked = read[1]["set-resources"]
    assert asked["train_network"]["gres"] == "gpu:1"
    assert asked["train_eyes"]["gpu"] == 1


def test_every_rule_is_bundled_or_stands_alone_on_purpose(repository: Path, stated) -> None:
    slurm = profile(repository, "config/profiles/slurm")
    rules = set(stated.index)
    assert set(slurm["groups"]) | ALONE == rules
    assert not set(slurm["groups"]) & ALONE
    assert set(slurm["group-components"]) == set(slurm["groups"].values())


def test_every_rule_states_threads_memory_and_time(stated) -> None:
    for rule, row in stated.iterrows():
        assert row["threads"].isdigit(), f"{rule} has no threads"
        assert re.match(r"memory\(\d+", row["mem_mb"]), f"{rule} has no mem_mb=memory(...)"
        assert re.match(r"minutes\(\d+", row["runtime"]), f"{rule} has no runtime=minutes(...)"
        assert int(re.findall(r"\d+", row["mem_mb"])[0]) >= 600, f"{rule} leaves no room for two nested Snakemakes"


def test_retries_stand_in_no_rule(repository: Path) -> None:
    # There they would run again inside the same allocation, with the same memory.
    for path in [repository / "Snakefile", *repository.glob("rules/*.smk")]:
        assert not re.search(r"^\s*retries:", path.read_text(), re.M), path
    assert profile(repository, "config/profiles/slurm")["retries"] == 2


def test_memory_and_time_grow_with_the_attempt_and_the_data(repository: Path) -> None:
    text = (repository / "rules" / "common.smk").read_text()
    functions = re.findall(r"^def (?:memory|minutes)\(.+?(?=^\S)", text, re.M | re.S)
    names: dict = {"raw_mb": lambda participant: {"01": 100.0}[participant], "PARTICIPANTS": ["01", "02"]}
    exec("".join(functions), names)
    wildcards, files = SimpleNamespace(participant="01"), SimpleNamespace(size_mb=50)
    memory = names["memory"](700, raw=8, inputs=2)
    assert [memory(wildcards, files, attempt) for attempt in (1, 2, 3)] == [1600, 3200, 4800]
    assert names["memory"](700)(SimpleNamespace(), None, 2) == 1400
    assert [names["minutes"](10, person=3)(wildcards, attempt) for attempt in (1, 3)] == [16, 48]
