"""The page holds every section, loads nothing, escapes every name, and says what the tables say."""

import re
from pathlib import Path

import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.report.page import make_page

from report.builders import CLASSES, MODELS, SCENES, Run
from report.conftest import OPTIONS, Written, names, write
from report.html import Page

SECTIONS = [
    "findings",
    "cohort",
    "quality",
    "learning",
    "timelines",
    "occupancy",
    "scene-scores",
    "effects",
    "workload",
    "checks",
    "exclusions",
    "dictionary",
    "methods",
    "software",
]


@pytest.fixture(scope="module")
def page(whole: Written) -> Page:
    return Page(whole.html)


def test_whole_run_has_every_section_and_none_is_absent(page: Page) -> None:
    assert page.sections == SECTIONS
    assert page.absent == {}


def test_every_figure_stands_in_the_page_twice_with_a_text_for_those_who_do_not_see_it(whole, page) -> None:
    assert len(page.pictures) == 2 * len(names(whole.run)) == 20
    assert all(len(text) > 20 for text in page.pictures)
    for name in names(whole.run):
        assert f"figure-{name}" in page.ids


def test_page_loads_nothing(whole: Written, page: Page) -> None:
    for tag, name, value in page.references:
        if not value.startswith("data:image/png;base64,"):
            assert "//" not in value, (tag, name, value)
        if name in ("src", "srcset", "data", "poster"):
            pytest.fail(f"<{tag} {name}={value}> loads a file")
        if tag == "link":
            pytest.fail("a stylesheet of its own")
        if name in ("href", "xlink:href") and tag != "a":
            assert value.startswith(("#", "data:image/png;base64,")), (tag, value[:80])
        if name == "style":
            assert not re.search(r"url\((?!#)", value), value
    assert "<script" not in whole.html
    assert "@import" not in whole.html and "@font-face" not in whole.html
    assert "url(http" not in whole.html


def test_references_inside_the_page_lead_somewhere(whole: Written, page: Page) -> None:
    targets = [value[1:] for _, name, value in page.references if name != "style" and value.startswith("#")]
    targets += re.findall(r"url\(#([^)]+)\)", whole.html)
    assert targets
    assert set(targets) <= page.ids


def test_banner_stands_only_on_synthetic_data(whole: Written, tmp_path: Path) -> None:
    assert "SYNTHETIC DATA" in whole.html
    real = Run(tmp_path, participants=["p01", "p02", "p03"], synthetic=False)
    real.write_config()
    real.write_recordings()
    real.write_emg()
    assert "SYNTHETIC" not in write(real, phone=False).html


def test_summary_on_the_page_is_that_of_the_tables(whole: Written, page: Page) -> None:
    expected = pd.concat([pd.read_csv(path) for path in whole.run.paths["summary"]])
    head, *rows = page.tables["Summary over participants"]
    rows += page.tables["Summary over participants, other metrics"][1:]
    assert len(rows) == len(expected)
    labels = {"macro_f1": "macro-F1", "brier": "Brier score"}
    models = {"lda": "LDA", "boosted_trees": "boosted trees", "cnn_tcn": "CNN-TCN"}
    for _, row in expected[expected["metric"].isin(labels)].iterrows():
        cells = next(dict(zip(head, r, strict=True)) for r in rows
                     if r[0] == labels[row["metric"]] and r[1] == models[row["model"]])  # fmt: skip
        assert cells["mean"] == f"{row['mean']:.3f}"
        assert cells["SD"] == f"{row['sd']:.3f}"
        assert cells["95 % t-interval"] == f"{row['t_low']:.3f} to {row['t_high']:.3f}"
        assert cells["95 % bootstrap"] == f"{row['bootstrap_low']:.3f} to {row['bootstrap_high']:.3f}"
        assert cells["worst participant"] == row["worst_participant"]


def test_models_are_compared_in_the_direction_that_the_page_says(whole: Written, page: Page) -> None:
    scores = {Path(path).parent.name: pd.read_csv(path) for path in whole.run.paths["people"]}
    differences = dict(
        zip(page.column("Model against model", "models"), page.column("Model against model", "mean difference"),
            strict=True)
    )  # fmt: skip
    expected = (scores["lda"]["macro_f1"] - scores["cnn_tcn"]["macro_f1"]).mean()
    assert differences["LDA − CNN-TCN"] == f"{expected:.3f}".replace("-", "\u2212")


def test_associations_on_the_page_are_those_of_the_table(whole: Written, page: Page) -> None:
    table = pd.read_csv(whole.run.paths["associations"])
    rows = table[table["primary"]]
    name = "All associations of the primary estimator"
    assert page.column(name, "feature") == list(rows["feature"])
    shown = [text.replace("\u2212", "-") for text in page.column(name, "estimate")]
    expected = ["–" if pd.isna(v) else f"{v:.3f}" for v in rows["estimate"]]
    assert [text.replace("-0.000", "0.000") for text in expected] == shown
    assert shown.count("–") == 1
    kept = rows.dropna(subset=["p"]).sort_values("p")
    assert page.column("Strongest associations", "feature")[0] == kept["feature"].iloc[0]
    assert len(page.column("Strongest associations", "feature")) == OPTIONS["top_associations"]
    families = pd.read_csv(whole.run.paths["families"])
    assert [int(v) for v in page.column("Families of tests", "significant (BH)")] == list(families["significant_bh"])


def test_findings_are_computed_from_the_tables(whole: Written, page: Page) -> None:
    summaries = pd.concat([pd.read_csv(path) for path in whole.run.paths["summary"]])
    best = summaries[summaries["metric"] == "macro_f1"].sort_values("mean").iloc[-1]
    assert f"macro-F1 of {best['mean']:.2f} ± {best['sd']:.2f}" in page.text
    rows = pd.read_csv(whole.run.paths["associations"])
    found = int(rows.loc[rows["primary"], "significant"].sum())
    assert f"{found} survive the false discovery rate" in page.text
    effects = pd.read_csv(whole.run.paths["scene_effects"])
    assert f"{int(effects['friedman_significant'].sum())} of {len(effects)} expression features differ" in page.text


def test_null_rate_stands_with_its_interval(whole: Written, page: Page) -> None:
    table = pd.read_csv(whole.run.paths["null_check"])
    row = table[(table["seed"] == -1) & table["primary"]].iloc[0]
    low, high = 100 * row["ci_low"], 100 * row["ci_high"]
    assert f"{100 * row['rate']:.1f} % of tests" in page.text
    assert f"95 % interval {low:.1f} to {high:.1f} %" in page.text


def test_exclusions_and_versions_stand_on_the_page(page: Page) -> None:
    assert page.column("Left out or incomplete", "participant") == ["p99", "p01"]
    assert "listed in recordings.exclude_participants" in page.column("Left out or incomplete", "reason")
    software = dict(zip(page.column("Software", "package"), page.column("Software", "version"), strict=True))
    assert software["torch"] == "2.13.0"  # from a checkpoint's card: the report's own environment has none
    assert software["pandas"] == pd.__version__
    assert "probability_floor: 0.5" in page.text


def test_names_of_any_kind_are_text(tmp_path: Path) -> None:
    """Markup, quotes, mathematics and non-Latin letters in names stay letters, in tables and in figures."""
    scenes = ["<script>alert(1)</script>", "a\"b'&c", "$x_1$ ζωή", "turn\u202eed\u2066", *SCENES[:1]]
    run = Run(tmp_path, participants=["01", "NA", "10"], scenes=scenes).write_all()
    html = write(run, title='<img src=x onerror="a()">').html
    page = Page(html)
    assert "<script" not in html and "<img" not in html
    assert page.sections == SECTIONS
    assert '<img src=x onerror="a()">' in page.text
    assert "<script>alert(1)</script>" in page.text
    assert "$x 1$ ζωή" in page.text
    assert r"turn\u202eed\u2066" in page.text and not set("\u202e\u2066") & set(html)
    assert page.column("Participants", "participant") == ["01", "NA", "10"]


def test_no_models_no_ratings(tmp_path: Path) -> None:
    run = Run(tmp_path, participants=["p01", "p02", "p03"], models=[])
    run.write_config(recordings={"ratings": {"source": "none"}}, scenes={"models": []})
    run.write_recordings()
    run.write_emg()
    page = Page(write(run, phone=False).html)
    assert {"learning", "timelines", "occupancy", "effects", "workload"} == set(page.absent)
    assert "learn.models is empty" in page.absent["learning"]
    assert "recordings.ratings.source: none" in page.absent["workload"]
    assert "checks" not in page.sections and "scene-scores" not in page.sections
    assert all(text.count(".") >= 1 and text.endswith(".") for text in page.absent.values())


def test_a_table_of_features_has_scores_and_no_recordings(tmp_path: Path) -> None:
    run = Run(tmp_path, models=["lda", "knn"], synthetic=False)
    run.write_config(recordings={"input": "features", "feature_table": "powers.csv"})
    run.write_learn()
    written = write(run, phone=False)
    page = Page(written.html)
    assert "Summary over participants" in page.tables
    assert {"cohort", "quality", "timelines", "occupancy", "effects", "workload", "exclusions"} == set(page.absent)
    assert "table of ready features" in page.absent["cohort"]
    assert "8 participants were evaluated" in page.text
    assert "powers.csv" in page.text


def test_models_that_do_not_run_over_scenes(tmp_path: Path) -> None:
    run = Run(tmp_path, participants=["p01", "p02", "p03"])
    run.write_config(scenes={"models": []})
    run.write_recordings()
    run.write_emg()
    run.write_learn()
    page = Page(write(run, phone=False).html)
    assert "scenes.models is empty" in page.absent["timelines"]


def test_nothing_survives_is_said(whole: Written, tmp_path: Path) -> None:
    """The page's words; its figures are those of another run."""
    run = Run(tmp_path).write_all()
    run.write_statistics(null=True)
    make_page(run.paths, whole.wide, whole.narrow, str(tmp_path / "index.html"), title="x", **OPTIONS)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert "none survives the false discovery rate of 0.05" in page.text


def test_a_missing_figure_stops_the_page_and_leaves_none(whole: Written, tmp_path: Path) -> None:
    target = tmp_path / "index.html"
    with pytest.raises(InputError, match="figure 'quality', which was not drawn"):
        make_page(whole.run.paths, whole.wide[1:], whole.narrow, str(target), title="x", **OPTIONS)
    assert not target.exists()


def test_an_unreadable_table_is_named(whole: Written, tmp_path: Path) -> None:
    broken = tmp_path / "quality.parquet"
    broken.write_text("no table")
    with pytest.raises(InputError, match="quality.parquet is not a readable table"):
        make_page(
            {**whole.run.paths, "quality": str(broken)},
            [],
            [],
            str(tmp_path / "x.html"),
            title="x",
            **OPTIONS,
        )


def test_every_class_and_model_is_on_the_page(page: Page) -> None:
    for name in [*CLASSES, *SCENES]:
        assert name.replace("_", " ") in page.text, name
    assert len(set(page.column("Scores of every participant", "model"))) == len(MODELS)
