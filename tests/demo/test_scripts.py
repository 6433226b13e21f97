"""Cues, reaction times, scene bouts and people."""

import numpy as np
import pytest
from myoscene.demo import face
from myoscene.demo.face import Person
from myoscene.demo.people import SimulatedPerson, generate_person
from myoscene.demo.scenes import (
    CALIBRATION_TASK,
    REPETITIONS,
    SCENES,
    events_of,
    scene_bouts,
)
from scipy import signal

DURATION_S = 45.0


def share(bouts: list, label: str) -> float:
    return sum(b.duration_s for b in bouts if b.label == label) / DURATION_S


def test_calibration_has_every_class_four_times(cohort: list[SimulatedPerson]) -> None:
    orders = set()
    for person in cohort:
        recording = person.recordings[0]
        labels = [event.label for event in recording.events]
        assert recording.task == CALIBRATION_TASK
        assert sorted(labels) == sorted(list(face.CLASSES) * REPETITIONS)
        ends = [event.onset_s + event.duration_s for event in recording.events]
        assert all(e.onset_s > end for e, end in zip(recording.events[1:], ends[:-1], strict=True))
        assert ends[-1] < recording.signal_uv.shape[1] / recording.rate_hz
        orders.add(tuple(labels))
    assert len(orders) == len(cohort)


def test_muscles_follow_the_cue_by_the_reaction_time(cohort: list[SimulatedPerson]) -> None:
    for person in cohort:
        cues = [e for e in person.recordings[0].events if e.label != "neutral"]
        made = events_of(person.recordings[0].bouts, *face.ACTIVE)
        assert [m.label for m in made] == [c.label for c in cues]
        delays = np.array([m.onset_s - c.onset_s for m, c in zip(made, cues, strict=True)])
        assert delays.min() >= 0.199
        assert delays.max() <= 0.601
        assert delays.mean() == pytest.approx(person.parameters["reaction_s"], abs=0.06)
        assert delays.std() > 0.01


def test_the_signal_itself_begins_after_the_cue(cohort: list[SimulatedPerson]) -> None:
    sections = signal.butter(4, [20, 450], "bandpass", fs=face.RATE_HZ, output="sos")
    rising = []
    for person in cohort:
        recording = person.recordings[0]
        power = np.square(signal.sosfiltfilt(sections, recording.signal_uv, axis=1))
        for event in recording.events:
            if event.label == "smile":
                at = round(event.onset_s * recording.rate_hz)
                first = power[[1, 5], at - 200 : at + 1500].sum(axis=0)
                rising.append(first.reshape(17, 100).mean(axis=1))
    course = np.median(np.array(rising), axis=0)
    before, after = course[:3].mean(), course[-5:].mean()
    # Bins of 0.1 s from 0.2 s before the cue: nothing until 0.1 s after it, half way between 0.2 s and 0.9 s
    # after.
    assert course[3] < 0.1 * after
    half = np.argmax(course > (before + after) / 2) * 0.1 - 0.2
    assert 0.2 <= half <= 0.9


def test_scene_shares_follow_scene_and_demand() -> None:
    rng = np.random.default_rng(1)
    people = [Person(rng, u) for u in np.linspace(0.05, 0.95, 60)]

    def mean_share(scene: str, label: str, demand: float) -> float:
        return float(np.mean([share(scene_bouts(rng, p, SCENES[scene], demand, DURATION_S), label) for p in people]))

    assert mean_share("joy", "smile", 0.0) > 2 * mean_share("threat", "smile", 0.0)
    assert mean_share("threat", "brow_raise", 0.0) > 1.5 * mean_share("calm", "brow_raise", 0.0)
    low, middle, high = (mean_share("exertion", "frown", z) for z in (-1.2, 0.0, 1.2))
    assert high - middle == pytest.approx(0.14, abs=0.06)
    assert middle - low == pytest.approx(0.14, abs=0.06)
    assert mean_share("joy", "smile", 1.2) < mean_share("joy", "smile", -1.2)
    unmoved = [mean_share("threat", "brow_raise", z) for z in (-1.2, 1.2)]
    assert unmoved[0] == pytest.approx(unmoved[1], abs=0.04)


@pytest.mark.parametrize("duration_s", [5.0, 45.0, 120.0])
@pytest.mark.parametrize("demand", [-1.5, 1.5])
def test_scene_bouts_are_in_order_apart_and_inside(duration_s: float, demand: float) -> None:
    rng = np.random.default_rng(2)
    for scene in SCENES.values():
        bouts = scene_bouts(rng, Person(rng, 0.5), scene, demand, duration_s)
        ends = [b.onset_s + b.duration_s for b in bouts]
        assert {b.label for b in bouts} == set(face.ACTIVE)
        assert all(b.onset_s >= end - 1e-9 for b, end in zip(bouts[1:], ends[:-1], strict=True))
        assert bouts[0].onset_s >= 0
        assert ends[-1] <= duration_s + 1e-9
        assert sum(b.duration_s for b in bouts) <= 0.851 * duration_s


def test_scenes_differ_from_one_person_to_the_next(cohort: list[SimulatedPerson]) -> None:
    joys = [next(r for r in person.recordings if r.task == "joy") for person in cohort]
    first = [tuple(b.label for b in joy.bouts if b.label in face.ACTIVE) for joy in joys]
    assert len(set(first)) == len(cohort)
    assert len({len(sequence) for sequence in first}) > 2


def test_people_vary() -> None:
    rng = np.random.default_rng(3)
    people = [Person(rng, rng.random()) for _ in range(300)]
    sizes = {label: np.array([p.expression_uv[label] for p in people]) for label in face.ACTIVE}
    name = face.CHANNELS.index
    smile, brows = sizes["smile"], sizes["brow_raise"]
    assert (smile[:, name("zygomaticus_left")] > smile[:, name("corrugator_center")]).mean() > 0.9
    right, left = brows[:, name("frontalis_right")], brows[:, name("frontalis_left")]
    assert np.std(np.log(right / left)) == pytest.approx(0.33, abs=0.06)
    assert (np.array([p.effort["brow_raise"] for p in people]) < 0.35).mean() > 0.05
    assert (np.array([p.effort["smile"] for p in people]) < 0.35).mean() < 0.05
    habits = sizes["frown"][:, name("orbicularis_left")] / sizes["frown"][:, name("corrugator_center")]
    assert np.std(np.log(habits)) > 0.4


def test_parameters_are_flat_and_complete() -> None:
    parameters = generate_person(1, scene_s=5.0).parameters
    assert {"reaction_s", "expressivity", "effort__smile", "gain__corrugator_center"} <= set(parameters)
    assert "expression_uv__frown__corrugator_center" in parameters
    assert all(isinstance(value, float) and np.isfinite(value) for value in parameters.values())
