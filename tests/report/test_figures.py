"""What figures draw: choices, colours, and the arithmetic behind them."""

import re
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.stage import stages
from myoscene.core.tables import write_table
from myoscene.drawing.style import class_colours, series
from myoscene.drawing.vector import inline_svg
from myoscene.learn.tables import PREDICTIONS
from myoscene.report.choose import chosen_participants, flag_counts, heatmap_features, interval, occupancy, top
from myoscene.report.cohort import loudness
from myoscene.report.figures import DRAWERS, make_figures
from myoscene.report.learning import confusion_counts, reliability
from myoscene.report.load import Tables, load_tables, read_frame
from myoscene.report.scenes import coarse, runs_of
from scipy import stats

from report.builders import CLASSES, Run
from report.conftest import FIGURE_OPTIONS, Written


def test_every_figure_is_an_svg_file_of_its_width(whole: Written, with_eyes: Written) -> None:
    assert {Path(path).stem for path in whole.wide + with_eyes.wide} == set(DRAWERS)
    wide = whole.wide + with_eyes.wide
    for path in wide + whole.narrow + with_eyes.narrow:
        root = ElementTree.parse(path).getroot()
        width = float(root.attrib["viewBox"].split()[2])
        assert width <= (8.6 if path in wide else 3.75) * 72 + 0.1
        assert len(list(root.iter("{http://www.w3.org/2000/svg}text"))) > 5
        assert not re.search(r"\bdate\b", Path(path).read_text().lower())


def test_no_text_leaves_its_figure(whole: Written, with_eyes: Written) -> None:
    """Anchored texts start, in the metrics of the drawing, inside the picture."""
    for path in whole.wide + whole.narrow + with_eyes.wide + with_eyes.narrow:
        root = ElementTree.parse(path).getroot()
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for text in root.iter("{http://www.w3.org/2000/svg}text"):
            if "x" in text.attrib:
                assert -1 <= float(text.attrib["x"]) <= width + 1, (path, text.text)
                assert 0 <= float(text.attrib["y"]) <= height + 1, (path, text.text)


def test_unknown_figure_is_refused(whole: Written, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no figure 'pie'"):
        make_figures(whole.run.paths, [str(tmp_path / "pie.svg")], [], **FIGURE_OPTIONS)


def test_a_table_without_rows_gives_a_picture_that_says_so(whole: Written, tmp_path: Path) -> None:
    path = tmp_path / "quality.svg"
    empty = read_frame(whole.run.paths["quality"], "quality").head(0)
    empty.to_parquet(tmp_path / "quality.parquet")
    make_figures({"quality": str(tmp_path / "quality.parquet")}, [str(path)], [], **FIGURE_OPTIONS)
    assert "There is no quality table." in path.read_text()


def test_classes_keep_their_colour_and_rest_is_grey() -> None:
    four = class_colours(CLASSES, "neutral")
    three = class_colours(CLASSES[:3], "neutral")
    assert {name: four[name] for name in three} == three
    assert len(set(four.values())) == 5
    red, green, blue = (int(four["neutral"][i : i + 2], 16) for i in (1, 3, 5))
    assert max(red, green, blue) - min(red, green, blue) < 20
    assert len(set(class_colours([f"c{i}" for i in range(12)], None).values())) == 13
    assert len({series(number) for number in range(10)}) == 10


def test_timelines_are_of_the_best_the_worst_and_those_between() -> None:
    scores = pd.DataFrame({"participant": list("abcdefg"), "macro_f1": [0.5, 0.9, 0.7, 0.6, 0.8, 0.4, 0.55]})
    tables = Tables(people={"lda": scores}, scene_predictions=dict.fromkeys("abcdefg", ""))
    chosen = chosen_participants(tables, 3, "lda")
    assert [name for name, _ in chosen] == ["b", "d", "f"]
    assert chosen[0][1] == "best, macro-F1 0.90" and chosen[2][1] == "worst, macro-F1 0.40"
    assert len(chosen_participants(tables, 99, "lda")) == 7
    assert [name for name, _ in chosen_participants(tables, 2, "cnn_tcn")] == ["a", "b"]


def test_coarse_probabilities_keep_their_sum_and_mean() -> None:
    rng = np.random.default_rng(0)
    probability = rng.dirichlet(np.ones(4), 1000)
    time, means = coarse(np.arange(1000) * 0.1, probability)
    assert len(time) <= 150
    assert np.allclose(means.sum(axis=1), 1, atol=3e-3)
    assert np.allclose(means[0], probability[:7].mean(axis=0), atol=1e-3)
    same, unchanged = coarse(np.arange(5) * 0.1, probability[:5])
    assert np.allclose(unchanged, probability[:5], atol=1e-3) and len(same) == 5


def test_labels_that_a_scene_carries_are_drawn(tmp_path: Path) -> None:
    run = Run(tmp_path, participants=["p01", "p02"], scenes=["walk"], models=["cnn_tcn"])
    run.write_learn()
    run.write_scenes()
    drawings = []
    for without in ((), ("events",)):
        tables = {name: paths for name, paths in run.paths.items() if name not in without}
        path = tmp_path / f"{len(without)}" / "timelines.svg"
        make_figures(tables, [str(path)], [], **FIGURE_OPTIONS)
        drawings.append(path.read_text())
    smile = class_colours(CLASSES, "neutral")["smile"].lower()
    assert drawings[0].count(smile) > drawings[1].count(smile) > 0


def test_signal_to_noise_is_the_median_and_missing_where_not_measured() -> None:
    quality = pd.DataFrame(
        [("a", "x", 10.0), ("a", "x", 14.0), ("a", "x", None), ("b", "x", None), ("b", "y", 3.0)],
        columns=["participant", "channel", "snr_db"],
    )
    table = loudness(quality)
    assert table is not None
    assert table.loc["a", "x"] == 12.0 and np.isnan(table.loc["b", "x"]) and table.loc["b", "y"] == 3.0
    assert loudness(quality.assign(snr_db=np.nan)) is None


def test_quality_is_drawn_without_a_calibration(whole: Written, tmp_path: Path) -> None:
    quality = read_frame(whole.run.paths["quality"], "quality").assign(snr_db=np.nan)
    quality.to_parquet(tmp_path / "quality.parquet")
    path = tmp_path / "quality.svg"
    make_figures({"quality": str(tmp_path / "quality.parquet")}, [str(path)], [], **FIGURE_OPTIONS)
    assert "share of recordings flagged" in path.read_text()


def test_bouts_end_at_changes_and_at_gaps() -> None:
    states = np.array(["a", "a", "b", "b", "b"])
    time = np.array([0.5, 0.6, 0.7, 0.8, 2.0])
    assert [(s, round(left, 6), round(width, 6)) for s, left, width in runs_of(states, time, 0.1)] == [
        ("a", 0.45, 0.2),
        ("b", 0.65, 0.2),
        ("b", 1.95, 0.1),
    ]
    assert runs_of(np.array([]), np.array([]), 0.1) == []


def test_interval_is_the_t_interval() -> None:
    values = np.array([0.2, 0.4, 0.5, 0.9])
    mean, low, high = interval(values)
    reference = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert mean == pytest.approx(0.5)
    assert (low, high) == pytest.approx((reference.low, reference.high))
    assert interval(np.array([0.3]))[0] == 0.3 and np.isnan(interval(np.array([0.3]))[1])


def test_occupancy_sums_to_one_for_each_participant_and_scene(whole: Written) -> None:
    shares = occupancy(load_tables(whole.run.paths), [*CLASSES, "uncertain"])
    sums = shares.groupby(["participant", "scene"])["share"].sum()
    assert len(sums) == 8 * 6 and np.allclose(sums, 1)


def test_pooled_confusion_is_that_of_the_table(whole: Written) -> None:
    path = whole.run.paths["confusion"][0]
    counts = confusion_counts(read_frame(path, "confusion"), CLASSES)
    table = pd.read_csv(path, keep_default_na=False)
    pooled = table[table["participant"] == ""]
    assert counts.to_numpy().sum() == pooled["windows"].sum()
    smile = pooled[(pooled["true"] == "smile") & (pooled["predicted"] == "frown")]["windows"].iloc[0]
    assert counts.loc["smile", "frown"] == smile


def test_reliability_counts_every_window_once(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "participant": ["a", "a", "b", "b"],
            **{"fold": "x", "recording": "r", "event": np.int32(0), "start_s": 0.0},
            "label": ["x", "x", "x", "y"],
            "p_x": [0.95, 0.55, 0.4, 1.0],
            "p_y": [0.05, 0.45, 0.6, 0.0],
        }
    )
    write_table(tmp_path / "p.parquet", frame, PREDICTIONS)
    bins = reliability(str(tmp_path / "p.parquet"), 10)
    assert list(bins["windows"]) == [1, 1, 2]
    assert list(bins["right"]) == [1.0, 0.0, 0.5]
    assert bins["confidence"].iloc[-1] == pytest.approx(0.975)
    assert bins["participants"].iloc[-1] == 2


def test_flags_are_counted_by_signal_recording_and_participant() -> None:
    quality = pd.DataFrame(
        [
            ("a", "r1", "c1", "low_snr;clipped"),
            ("a", "r1", "c2", "low_snr"),
            ("b", "r1", "c1", ""),
            ("b", "r2", "c1", "low_snr"),
        ],
        columns=["participant", "recording", "channel", "flags"],
    )
    counts = flag_counts(quality).set_index("flag")
    assert list(counts.index) == ["low_snr", "clipped"]
    assert list(counts.loc["low_snr", ["signals", "recordings", "participants"]]) == [3, 2, 2]
    assert flag_counts(quality.head(0)).empty


def test_heat_map_and_forest_take_the_smallest_p() -> None:
    rows = pd.DataFrame(
        {
            "primary": [True] * 4 + [False],
            "feature": ["a", "b", "c", "d", "a"],
            "subscale": "mental",
            "estimate": [0.1, 0.5, -0.6, None, 0.9],
            "p": [0.5, 0.01, 0.01, None, 0.0001],
        }
    )
    assert list(top(rows, 2)["feature"]) == ["c", "b"]
    assert heatmap_features(rows, 2) == ["b", "c"]
    assert heatmap_features(rows, 9) == ["a", "b", "c", "d"]


def test_inline_svg_keeps_drawings_apart_and_points_in_place(whole: Written) -> None:
    text = Path(whole.wide[0]).read_text()
    first, second = (str(inline_svg(text, name, 'a "picture" & <more>')) for name in ("one", "two"))
    ids = [set(re.findall(r' id="([^"]+)"', item)) for item in (first, second)]
    assert ids[0] and not ids[0] & ids[1]
    assert "a &#34;picture&#34; &amp; &lt;more&gt;" in first
    assert "<?xml" not in first and "<style" not in first and "xmlns" not in first
    with pytest.raises(InputError, match="no view box"):
        inline_svg("<p>no picture</p>", "x", "y")


def test_thinned_paths_keep_their_shape() -> None:
    flat = " ".join(f"L {x}.25 70.0" for x in range(1, 400))
    svg = f'<svg viewBox="0 0 9 9"><path d="M 0 70.0 {flat} L 400 20.04 z"/></svg>'
    path = re.search(r' d="([^"]+)"', str(inline_svg(svg, "x", "y")))
    assert path is not None and path[1] == "M0 70 399.2 70 400 20 z"


def test_names_that_look_like_numbers_or_nothing_stay_names(tmp_path: Path) -> None:
    run = Run(tmp_path, participants=["007", "NA", "1e3"], models=["lda"])
    run.write_learn()
    people = load_tables(run.paths).people["lda"]
    assert list(people["participant"]) == ["007", "NA", "1e3"]
    assert people["macro_f1"].dtype == float
    with pytest.raises(InputError, match="no table 'pepole'"):
        load_tables({"pepole": "x.csv"})


def test_the_page_reads_what_the_manifests_declare() -> None:
    declared = {table.page: stage.schema(table) for stage in stages() for table in stage.tables if table.page}
    known = {item.name: item.metadata.get("schema") for item in fields(Tables)}
    assert set(declared) <= set(known) and set(known) - set(declared) == {"description", "given"}
    for name, schema in known.items():
        assert schema is None or schema is declared[name], name
