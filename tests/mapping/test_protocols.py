"""What was planted comes back: the link, the lag, how far people differ, and the leak of random rows."""

import numpy as np
import pytest
from mapping.cohort import LAG_S, planted, written
from myoscene.mapping.clock import read_pairing
from myoscene.mapping.protocols import LEAK, OWN, UNSEEN, Outcome, after, trials
from myoscene.mapping.settings import MappingSettings


def value(outcome: Outcome, protocol: str, model: str, metric: str = "r2") -> float:
    shown = outcome.summary.query("protocol == @protocol and model == @model")
    assert len(shown) == 1
    return float(shown[metric].iloc[0])


def test_the_planted_link_comes_back_and_strangers_differ(outcome: Outcome) -> None:
    for model in ("ridge", "extra_trees"):
        assert value(outcome, OWN, model) > 0.85 and value(outcome, OWN, model, "r") > 0.93
        # Gains differ between people: what others taught is worse than what little of one's own adds to it.
        assert value(outcome, UNSEEN, model) < value(outcome, after(20), model) - 0.05
        assert value(outcome, after(20), model) > 0.75
    assert abs(value(outcome, OWN, "mean")) < 0.15 and np.isnan(value(outcome, OWN, "mean", "r"))
    assert value(outcome, OWN, "mean", "jerk") == pytest.approx(0, abs=1e-9)


def test_more_of_the_own_recording_is_better(outcome: Outcome) -> None:
    assert value(outcome, f"{OWN}, first 10 %", "ridge") < value(outcome, OWN, "ridge")


def test_the_planted_lag_comes_back_within_its_interval(outcome: Outcome) -> None:
    for row in outcome.lags.query("protocol == @OWN").itertuples():
        assert row.lag_low_s - 0.01 <= LAG_S <= row.lag_high_s + 0.01
        assert row.lag_high_s - row.lag_low_s < 0.05


def test_intervals_hold_their_value_and_every_protocol_is_there(outcome: Outcome) -> None:
    assert {OWN, UNSEEN, after(20), LEAK} <= set(outcome.summary["protocol"])
    for metric in ("r", "r2", "rmse"):
        shown = outcome.scores.dropna(subset=[metric, f"{metric}_low"])
        inside = (shown[f"{metric}_low"] <= shown[metric]) & (shown[metric] <= shown[f"{metric}_high"])
        assert inside.mean() > 0.9
    assert set(outcome.scores["target"]) == {"smile", "brow"}


def test_what_trains_lies_before_what_is_scored_with_a_gap(tmp_path, quick: MappingSettings) -> None:
    pairing = read_pairing(*written(tmp_path, *planted(people=2, seconds=60)), quick)
    people = {person.name: person for person in pairing.people}
    for trial in trials(pairing.people, quick):
        own = people[trial.held_out].time_s
        trained = [step[trial.held_out] for step in trial.train if trial.held_out in step]
        if trial.protocol == LEAK:
            continue
        assert all(own[rows].max() <= own[trial.test].min() - quick.guard_s for rows in trained)
        if trial.protocol == UNSEEN:
            assert not trained


def test_nothing_of_the_scored_rows_reaches_a_fit(tmp_path, quick: MappingSettings) -> None:
    """Other targets in the scored rows change scores, and no prediction."""
    from myoscene.mapping.learner import Learner

    signals, targets = planted(people=2, seconds=60)
    late = targets["time_s"] >= 0.6 * 60
    other = targets.copy()
    other.loc[late, ["smile", "brow"]] = other.loc[late, ["smile", "brow"]].to_numpy()[::-1] * 3 + 7
    found = []
    for place, table in enumerate((targets, other)):
        (tmp_path / str(place)).mkdir()
        pairing = read_pairing(*written(tmp_path / str(place), signals, table), quick)
        people = {person.name: person for person in pairing.people}
        own = [trial for trial in trials(pairing.people, quick) if trial.held_out == "01" and trial.protocol != LEAK]
        # Of people who train for others all rows do: the other person's are kept as they are.
        people["02"] = found[0][0]["02"] if found else people["02"]
        learner = Learner(people, quick)
        found.append((people, [learner.predict(each.train, "01", each.models)[2] for each in own]))
    for first, second in zip(found[0][1], found[1][1], strict=True):
        for model in first:
            assert np.array_equal(first[model], second[model]), model


def test_the_same_twice_gives_the_same(tmp_path, quick: MappingSettings) -> None:
    from myoscene.mapping.protocols import run_protocols

    pairing = read_pairing(*written(tmp_path, *planted(people=1, seconds=40)), quick)
    one, other = run_protocols(pairing, quick), run_protocols(pairing, quick)
    assert one.scores.equals(other.scores) and one.summary.equals(other.summary)
    assert {OWN, LEAK} <= set(one.summary["protocol"]) and UNSEEN not in set(one.summary["protocol"])
    assert one.summary.query("protocol == @OWN and model == 'ridge'")["r2_low"].notna().all()


def test_other_recordings_of_a_person_are_nobody_else_s(tmp_path, quick: MappingSettings) -> None:
    """Neither for strangers, nor in nested validation, nor in intervals."""
    from myoscene.mapping.protocols import run_protocols

    tables = []
    for table in planted(people=4, seconds=40):
        number = table["participant"].astype(int) - 1
        tables.append(table.assign(participant=(number // 2).astype(str), recording=(number % 2).astype(str)))
    pairing = read_pairing(*written(tmp_path, *tables), quick)
    assert [person.name for person in pairing.people] == ["0/0", "0/1", "1/0", "1/1"]
    for trial in trials(pairing.people, quick):
        if trial.protocol.startswith(UNSEEN):
            assert {name[0] for name in trial.train[0]} == {"1" if trial.held_out[0] == "0" else "0"}
    found = run_protocols(pairing, quick)
    assert (found.summary["people"] == 2).all() and found.scores["person"].nunique() == 4


def test_a_target_that_stands_still_where_it_is_scored_does_not_take_the_others_along(tmp_path, quick) -> None:
    from myoscene.mapping.protocols import run_protocols

    signals, targets = planted(people=1, seconds=40)
    targets.loc[targets["time_s"] > 20, "brow"] = 0.5
    found = run_protocols(read_pairing(*written(tmp_path, signals, targets), quick), quick)
    own = found.scores.query("protocol == @OWN and model == 'ridge'").set_index("target")
    assert np.isnan(own.loc["brow", ["r", "r2", "spearman", "jerk"]].astype(float)).all()
    assert value(found, OWN, "ridge") == pytest.approx(own.loc["smile", "r2"])
