"""People who arrive and people who leave: which jobs that takes, counted, and what is left of somebody who is gone."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from myoscene.cli import main
from myoscene.config.check import merge
from myoscene.demo.cohort import simulate_cohort

from workflow.workspace import SMALL, Workspace

pytestmark = pytest.mark.workflow

# One model and no eye images: what is counted here is the same for every model.
ONE_MODEL = {
    "learn": {"models": ["lda"], "evaluation": {"bootstrap": 100}},
    "scenes": {"models": ["lda"]},
    "statistics": SMALL["statistics"],
    "report": SMALL["report"],
}
PREPARED = ["assess_quality", "condition_emg", "describe_participant", "extract_features"]
# Once for everybody, whenever somebody comes or goes.
OF_EVERYBODY = [
    *("check_cohort", "merge_quality", "list_exclusions", "read_ratings", "expression_features", "score_scenes"),
    *("scene_effects", "tlx_associations", "make_figures", "make_page"),
]
OF_TRAINING = ["check_training", "make_folds", "collect_features"]
# What is said of a model of other settings, and of other classes.
SAID = {
    "settings": "was trained by another configuration: settings.shrinkage was False, and is True in this run",
    "classes": "tells apart the classes smile, neutral, frown, brow_raise, but this run has neutral, smile, frown,",
}
EVALUATED = [("evaluate_model", "model=lda"), ("compare_models", "")]


def arrive(workspace: Workspace, person: str = "04", role: str = "train", eyes: bool = True) -> None:
    """Put one more person of the same cohort into the dataset."""
    more = workspace.folder / "more"
    simulate_cohort(more, participants=int(person), seed=1, scene_s=12, eyes=eyes)
    for place in (f"sub-{person}", f"sourcedata/sub-{person}"):
        if (more / place).is_dir():
            shutil.move(more / place, workspace.dataset / place)
    roles(workspace, {person: role})
    shutil.rmtree(more)


def roles(workspace: Workspace, said: dict[str, str]) -> None:
    """Write a participants sheet with these roles; whoever is not named has n/a."""
    people = sorted(folder.name[4:] for folder in workspace.dataset.glob("sub-*"))
    rows = [f"sub-{name}\t{said.get(name, 'n/a')}" for name in people]
    (workspace.dataset / "participants.tsv").write_text("\n".join(["participant_id\trole", *rows]) + "\n")


def leave(workspace: Workspace, person: str) -> None:
    for folder in [*workspace.dataset.rglob(f"sub-{person}")]:
        shutil.rmtree(folder)
    roles(workspace, {})


def jobs(rules: list[str], wildcards: str = "") -> Counter:
    return Counter((rule, wildcards) for rule in rules)


def ran(output: str) -> Counter:
    """Rule -> jobs that a run started."""
    return Counter(rule for rule in re.findall(r"^(?:local)?rule (\w+):$", output, re.M) if rule != "all")


def content(workspace: Workspace, pattern: str) -> dict[str, tuple[bytes, int]]:
    """Bytes and time of last change of result files."""
    return {
        path.relative_to(workspace.results).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(workspace.results.glob(pattern))
        if path.is_file()
    }


def copied(workspace: Workspace, folder: Path) -> Workspace:
    shutil.copytree(workspace.folder, folder, symlinks=True)
    return Workspace(folder, workspace.workflow, dict(workspace.config))


def listed_orphans(workspace: Workspace, capsys: pytest.CaptureFixture, *more: str) -> list[str]:
    capsys.readouterr()
    given = ["--snakefile", str(workspace.workflow / "Snakefile"), "--directory", str(workspace.folder)]
    assert main(["orphans", *given, "--configfile", str(workspace.folder / "my.yaml"), *more]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Three people, one model, run to the end. Tests have to leave it as it is."""
    folder = tmp_path_factory.mktemp("small")
    workspace = Workspace(folder / "work", config=ONE_MODEL)
    workspace.own_copy_of_the_workflow(folder / "workflow")
    simulate_cohort(workspace.dataset, participants=3, seed=1, scene_s=12, eyes=False)
    workspace.run()
    return workspace


def test_refit_trains_every_fold_and_touches_nobody_s_preparation(
    small: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """Somebody comes and trains, and goes again: exactly these jobs, and then everything is as it was."""
    grown = copied(small, tmp_path / "copy")
    arrive(grown, eyes=False)
    expected = jobs(PREPARED, "participant=04") + jobs(OF_EVERYBODY + OF_TRAINING) + Counter(EVALUATED)
    for person in ("01", "02", "03", "04"):
        expected[("train_classical", f"model=lda, fold={person}")] = 1
        expected[("predict_scenes", f"model=lda, participant={person}")] = 1
    assert grown.planned() == expected
    others = {name: part for name, part in content(grown, "emg/*/*").items() if "04" not in name}
    assert len(others) >= 4 * 3
    output = grown.run()
    started = Counter()
    for (rule, _), number in expected.items():
        started[rule] += number
    assert ran(output) == started
    after = content(grown, "emg/*/*")
    assert {name: after[name] for name in others} == others, "not even written again"
    folds_are_grouped_above_the_size_that_the_configuration_names(grown)
    assert not grown.planned()
    swapped_checkpoints_are_refused(small, grown)
    somebody_leaves(small, grown, capsys)


def swapped_checkpoints_are_refused(small: Workspace, grown: Workspace) -> None:
    """A model of the three, put among those of the four, which have held out the same person."""
    told = refused(grown, small)
    assert re.search(
        r"results/learn/lda/01.safetensors was trained on the cohort '.+' \(\w{12}\), but this run has the cohort "
        r"'.+' \(\w{12}\)", told,
    ), told[-3000:]  # fmt: skip


def refused(workspace: Workspace, other: Workspace) -> str:
    """What a run of ``workspace`` says to a model of ``other`` in the place of its own, which is put back then."""
    # With the digests of their bytes, so that nothing but their cards tells them from what belongs here.
    parts = [
        f"{where}learn/lda/01{suffix}" for where in ("", ".snakemake/digests/") for suffix in (".safetensors", ".json")
    ]
    for part in parts:
        path = workspace.results / part
        path.rename(path.with_name(f".kept_{path.name}"))
        shutil.copy(other.results / part, path)
    done = workspace.snakemake(check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout
    for part in parts:
        path = workspace.results / part
        path.with_name(f".kept_{path.name}").replace(path)
    return done.stdout


def test_models_of_another_configuration_or_label_set_are_refused(small: Workspace, tmp_path: Path) -> None:
    """Of the same cohort, trained in another directory, and brought here."""
    here = copied(small, tmp_path / "here")
    strangers = {
        "settings": {"learn": {"lda": {"shrinkage": False}}},
        "classes": {"recordings": {"classes": ["smile", "neutral", "frown", "brow_raise"]}},
    }
    for what, changes in strangers.items():
        other = copied(small, tmp_path / what)
        other.config = merge(other.config, changes)
        other.run("results/learn/lda/01.safetensors")
        told = refused(here, other)
        assert "results/learn/lda/01.safetensors" in told and SAID[what] in told, told[-3000:]
    # With its own models back, what the refusal took away is made again, to the same bytes, and nothing is trained.
    assert not {rule for rule, _ in here.planned()} & {*PREPARED, "train_classical", "train_network"}
    here.run()
    assert not here.planned()
    for name, (part, _) in content(here, "**/*").items():
        if not name.startswith(("logs/", "benchmarks/", "report/", ".snakemake/")):
            assert (small.results / name).read_bytes() == part, name


def somebody_leaves(small: Workspace, grown: Workspace, capsys: pytest.CaptureFixture) -> None:
    assert not listed_orphans(grown, capsys)
    leave(grown, "04")
    output = grown.run()
    assert "results/ still has files of 04, not in this run" in output
    assert not ran(output).keys() & set(PREPARED)
    orphans = listed_orphans(grown, capsys)
    named = [path.relative_to(grown.folder).as_posix() for path in grown.results.rglob("*") if path.is_file()]
    named = [name for name in named if not name.startswith("results/.")]
    assert orphans == sorted(name for name in named if re.search(r"\b04\b", name)) != []
    left = {name: part for name, (part, _) in content(grown, "**/*").items() if f"results/{name}" not in orphans}
    for name, part in left.items():
        if not name.startswith(("logs/", "benchmarks/", "config.yaml", "report/", ".snakemake/")):
            assert (small.results / name).read_bytes() == part, f"{name}: as before the person came"
    (grown.results / "notes.txt").write_text("my own")
    assert listed_orphans(grown, capsys, "--delete") == orphans
    assert not listed_orphans(grown, capsys)
    for folder in (".", ".snakemake/digests"):
        gone = [path for path in (grown.results / folder).glob("[!.]*/**/*") if re.search(r"\b04\b", path.name)]
        assert not gone
    assert (grown.results / "notes.txt").is_file()
    assert not grown.planned()


def folds_are_grouped_above_the_size_that_the_configuration_names(grown: Workspace) -> None:
    def trainings(**folds: object) -> set[str]:
        changed = Workspace(grown.folder, grown.workflow, merge(grown.config, {"learn": {"folds": folds}}))
        return {wildcards for rule, wildcards in changed.planned() if rule == "train_classical"}

    assert trainings(max_lopo=3, k=2) == {"model=lda, fold=group01", "model=lda, fold=group02"}
    # The folds' settings are an input of the folds, so that all of them are planned again, here as one a person.
    on_demand = {f"model=lda, fold={person}" for person in ("01", "02", "03", "04")}
    assert trainings(max_lopo=3, k=2, method="lopo") == on_demand


def test_frozen_models_predict_a_newcomer_and_train_nothing(again: Workspace, capsys: pytest.CaptureFixture) -> None:
    """With every kind of model: the newcomer has EMG and eye images, and is only predicted."""
    models = content(again, "learn/**/*")
    arrive(again, role="apply")
    new = [*PREPARED, "prepare_eyes", "extract_eye_features"]
    expected = jobs([*new], "participant=04")
    expected += jobs([*OF_EVERYBODY, "check_eyes", "rater_agreement"])
    for model in ("cnn_tcn", "eye_cnn", "fusion_late"):
        expected[("predict_scenes", f"model={model}, participant=04")] = 1
    for model in ("cnn_tcn", "eye_cnn", "fusion_late", "blinks"):
        expected[("freeze_model", f"model={model}")] = 1
    assert again.planned() == expected
    assert not [rule for rule, _ in expected if rule.startswith(("train_", "evaluate_", "collect_"))]
    again.run()
    assert not again.planned()
    after = content(again, "learn/**/*")
    changed = {name for name in after if after[name] != models.get(name)}
    assert {name for name in changed if not name.startswith("learn/frozen/")} <= {"learn/raters.csv"}
    assert after["learn/raters.csv"][0] == models["learn/raters.csv"][0]
    for model in ("cnn_tcn", "eye_cnn", "fusion_late"):
        rows = pd.read_parquet(again.results / f"scenes/predictions/{model}/04.parquet")
        assert len(rows) > 300
        assert rows.filter(regex="^p_").sum(axis=1).between(0.999, 1.001).all()
    how_they_came_in(again)
    assert not listed_orphans(again, capsys)
    assert {str(name) for name in pd.read_csv(again.results / "learn/folds.csv", dtype=str)["participant"]} == {
        "01", "02", "03",
    }  # fmt: skip


def how_they_came_in(workspace: Workspace) -> None:
    people = pd.read_csv(workspace.results / "recordings/participants.csv", dtype={"participant": str})
    assert people["role"].tolist() == ["train"] * 3 + ["apply"]
    assert people["predicted_by"].tolist() == ["fold 01", "fold 02", "fold 03", "every fold"]
    for name in ("tlx_associations", "scene_effects", "scene_pairs"):
        table = pd.read_csv(workspace.results / f"statistics/{name}.csv")
        assert (table["n_train"] + table["n_apply"] == table["n_participants"]).all(), name
        assert table["n_apply"].max() == 1, name
        assert table["n_train"].max() == 3, name
    page = (workspace.results / "report/index.html").read_text(encoding="utf-8")
    assert "04 trained nothing (apply)" in page
