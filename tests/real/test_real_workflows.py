"""Whole workflows on recordings that nobody here made, with the mappings and configurations that are shipped."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from myoscene.config.check import merge
from myoscene.importing.run import import_dataset
from scipy import signal, stats
from workflow.workspace import REPOSITORY, Workspace

pytestmark = [pytest.mark.real, pytest.mark.workflow]
EXAMPLES = REPOSITORY / "config" / "examples"


def example(name: str, folder: Path, real_data: Path, config: str = "config.yaml") -> Workspace:
    """The collection imported with its mapping, and a workspace with the example's configuration."""
    import_dataset(EXAMPLES / name / "mapping.yaml", real_data / name, folder / name)
    return Workspace(folder, config=yaml.safe_load((EXAMPLES / name / config).read_text()))


def untouched(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def fmov(tmp_path_factory: pytest.TempPathFactory, real_data: Path) -> Workspace:
    before = untouched(real_data / "fmov")
    workspace = example("fmov", tmp_path_factory.mktemp("fmov"), real_data)
    workspace.run()
    assert untouched(real_data / "fmov") == before
    return workspace


def test_fmov_scenes_are_the_three_conditions(fmov: Workspace) -> None:
    features = pd.read_csv(fmov.results / "scenes/expression_features.csv", dtype={"participant": str})
    people = len(list((fmov.folder / "fmov").glob("sub-*")))
    assert set(features["scene"]) == {"angry", "happy", "neutral"}
    assert features["participant"].nunique() == people >= 20
    assert not features["synthetic"].any()


def wide(fmov: Workspace, feature: str) -> pd.DataFrame:
    """(participants, scenes) of one expression feature."""
    features = pd.read_csv(fmov.results / "scenes/expression_features.csv", dtype={"participant": str})
    return features[features["feature"] == feature].pivot(index="participant", columns="scene", values="value")


def test_fmov_scene_effects_are_scipys_of_the_features(fmov: Workspace) -> None:
    effects = pd.read_csv(fmov.results / "statistics/scene_effects.csv").set_index("feature")
    assert len(effects) == 4, "mean and 95th percentile of both muscles"
    for feature, row in effects.iterrows():
        values = wide(fmov, str(feature))
        expected = stats.friedmanchisquare(*values.to_numpy().T)
        assert row["friedman_chi2"] == pytest.approx(expected.statistic)
        assert row["friedman_p"] == pytest.approx(expected.pvalue)
        assert row["kendall_w"] == pytest.approx(expected.statistic / (2 * len(values)))
    # Frowning muscles tell the conditions apart; of 20 people the smiling ones do not, without a baseline.
    assert effects.loc["envelope_mean_corrugator", "friedman_chi2"] == pytest.approx(9.1)
    assert effects.loc["envelope_mean_zygomaticus", "friedman_chi2"] == pytest.approx(1.3)
    assert not (fmov.results / "statistics/tlx_associations.csv").exists(), "there are no ratings"
    page = (fmov.results / "report/index.html").read_text(encoding="utf-8")
    assert "corrugator" in page


@pytest.mark.parametrize(("muscle", "column"), [("zygomaticus", 1), ("corrugator", 2)])
def test_fmov_envelopes_are_those_of_a_script_on_the_authors_files(
    fmov: Workspace, real_data: Path, muscle: str, column: int
) -> None:
    """Band-pass, robust z, RMS of 0.1 s at 50 Hz, mean over the stimuli, with scipy alone."""
    band = signal.butter(4, [20, 45], "bandpass", fs=100, output="sos")
    found = wide(fmov, f"envelope_mean_{muscle}")
    for participant, row in found.iterrows():
        table = pd.read_csv(real_data / "fmov" / f"{participant}_FMOV_preprocessed.txt", sep="\t", header=None)
        x = table[column].to_numpy() * 1000
        filtered = signal.sosfiltfilt(band, x - np.median(x), padlen=15)
        z = (filtered - np.median(filtered)) / stats.median_abs_deviation(filtered, scale=1 / 1.4826)
        inside = [np.convolve(series, np.ones(10))[4 : 4 + len(z)] for series in (z**2, np.ones(len(z)))]
        envelope = np.sqrt(inside[0] / inside[1])
        for marker, scene in ((5, "angry"), (6, "happy"), (7, "neutral")):
            high = table[marker].to_numpy() >= 2.5
            onsets = np.flatnonzero(high[:-1] & ~high[1:]) + 1
            times = np.arange(0, len(z), 2)
            seen = np.any([(times >= onset) & (times < onset + 600) for onset in onsets], axis=0)
            assert row[scene] == pytest.approx(envelope[times[seen]].mean(), rel=1e-3), (participant, scene)
    # Mimicry: most people smile more with happy than with angry faces, and frown less.
    assert (found["happy"] > found["angry"]).sum() == {"zygomaticus": 12, "corrugator": 4}[muscle]


def test_fmov_refuses_a_surface_emg_band_by_the_nyquist_limit(fmov: Workspace, tmp_path: Path) -> None:
    people = sorted(path.name.removeprefix("sub-") for path in (fmov.folder / "fmov").glob("sub-*"))
    band = {"emg": {"filters": {"high_cut_hz": 450}, "rate_hz": 1000}}
    wide = merge(fmov.config, band | {"recordings": {"exclude_participants": people[3:]}})
    other = Workspace(tmp_path, config=wide)
    (tmp_path / "fmov").symlink_to(fmov.folder / "fmov", target_is_directory=True)
    done = other.snakemake(check=False)
    assert done.returncode != 0
    assert "20-450 Hz" in done.stdout
    assert "Nyquist limit of 50 Hz" in done.stdout
    assert "Traceback" not in done.stdout
    assert not list((tmp_path / "results").glob("emg/signals/*"))


def test_kolodziej_gives_the_published_figures(tmp_path: Path, real_data: Path) -> None:
    workspace = example("kolodziej", tmp_path, real_data)
    workspace.run()
    scores = {
        model: pd.read_csv(workspace.results / f"learn/{model}/participants.csv")["accuracy"]
        for model in ("lda", "knn")
    }
    assert len(scores["lda"]) == 16
    # 41.2 % and 67.5 % in Sensors 24:4785; to the last segment here.
    assert scores["lda"].mean() == pytest.approx(0.4125, abs=1e-9)
    assert scores["knn"].mean() == pytest.approx(0.675, abs=1e-9)
    assert (scores["knn"].min(), scores["knn"].max()) == pytest.approx((0.486, 0.914), abs=5e-4)
    assert not workspace.planned()


def test_queue_tlx_is_read_and_checked(tmp_path: Path, real_data: Path) -> None:
    workspace = example("queue_tlx", tmp_path, real_data)
    workspace.run()
    ratings = pd.read_csv(workspace.results / "recordings/ratings.csv", dtype={"participant": str})
    source = pd.read_csv(real_data / "queue_tlx/nasatlx.csv", dtype={"Participant ID": str})
    both = ratings.merge(source, left_on="participant", right_on="Participant ID")
    assert len(both) == len(source) == len(ratings) == 30
    columns = {"mental": "MentalDemand", "physical": "PhysicalDemand", "performance": "Performance"}
    for ours, theirs in columns.items():
        assert np.array_equal(both[ours], both[theirs])
    six = ["mental", "physical", "temporal", "performance", "effort", "frustration"]
    assert np.allclose(both["raw_tlx"], both[six].mean(axis=1))


def test_queue_tlx_performance_is_turned_where_the_configuration_says_so(tmp_path: Path, real_data: Path) -> None:
    workspace = example("queue_tlx", tmp_path, real_data)
    workspace.config = merge(workspace.config, {"recordings": {"ratings": {"performance": "poor_to_good"}}})
    workspace.run()
    ratings = pd.read_csv(workspace.results / "recordings/ratings.csv", dtype={"participant": str})
    source = pd.read_csv(real_data / "queue_tlx/nasatlx.csv", dtype={"Participant ID": str})
    both = ratings.merge(source, left_on="participant", right_on="Participant ID")
    assert np.array_equal(both["performance"], 100 - both["Performance"])
    assert np.array_equal(both["mental"], both["MentalDemand"])
