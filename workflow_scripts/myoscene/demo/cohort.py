"""The demo cohort on disk: an EMG-BIDS dataset with its truth under ``sourcedata/truth``."""

import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from myoscene.core.errors import InputError
from myoscene.demo import face, scenes, webcam
from myoscene.demo.eyes import Row, clock_offset_s, readme, write_eyes
from myoscene.demo.people import SCENE_S, SimulatedPerson, generate_person
from myoscene.importing import bids_writer as bids
from myoscene.importing.mapping_schema import Dataset
from myoscene.machinery.staging import new_folder

# Table -> rows.
Truth = dict[str, list[Row]]
EVENT_TEXTS = {
    "neutral": "Asked to keep a relaxed face.",
    "smile": "Asked to smile.",
    "frown": "Asked to frown.",
    "brow_raise": "Asked to raise the eyebrows.",
}
RATING_TEXTS = {
    "mental": "NASA-TLX mental demand, low to high.",
    "physical": "NASA-TLX physical demand, low to high.",
    "temporal": "NASA-TLX temporal demand, low to high.",
    "performance": "NASA-TLX performance, good (0) to poor (100).",
    "effort": "NASA-TLX effort, low to high.",
    "frustration": "NASA-TLX frustration, low to high.",
}
TRUTH_TEXTS: dict[str, dict[str, str]] = {
    "associations": {
        "feature": "Expression feature, named as in the workflow's feature dictionary.",
        "subscale": "NASA-TLX subscale.",
        "sign": "Direction of the association within participant and scene.",
        "strength": "Correlation of the latent demand with the subscale's deviations before rounding.",
    },
    "people": {
        "participant_id": "Participant.",
        "parameter": "Parameter of the generator; channel and class follow after two underscores.",
        "value": "Its value, in the unit that the name ends in; otherwise a factor.",
    },
    "bouts": {
        "participant_id": "Participant.",
        "task": "Recording.",
        "onset": "Seconds from the recording's first sample to the muscles' onset.",
        "duration": "Seconds until the muscles begin to let go.",
        "expression": "What the muscles made.",
    },
    "latent": {
        "participant_id": "Participant.",
        "scene": "Scene.",
        "demand": "Latent demand within the person, in standard deviations: drives the expressions.",
        "rating_drive": "Drives `physical` and `effort`: the demand itself; not so in the null variant.",
    },
    "scenes": {
        "scene": "Scene.",
        "demand": "Demand that it is made for.",
        "expression": "Expression.",
        "share": "Share of the scene's time that an average person spends in it at a demand of 0.",
    },
}
EYE_TRUTH_TEXTS: dict[str, dict[str, str]] = {
    "eye_people": {
        "participant_id": "Participant.",
        "parameter": "Parameter of the rendered eyes; movement and side follow after two underscores.",
        "value": "Its value: lengths in mm, grey values from 0 to 255, otherwise a factor.",
    },
    "eye_imperfections": {
        "participant_id": "Participant.",
        "imperfection": "What is wrong with the eye images on purpose.",
        "description": "The same in words.",
    },
    "blinks": {
        "participant_id": "Participant.",
        "task": "Recording.",
        "run": "Its run, where there are several.",
        "onset": "Seconds on the recording's clock to the onset of the eye muscles' activity.",
        "duration": "Seconds of muscle activity; the lids are open again about 0.2 s later.",
    },
}


def simulate_cohort(
    destination: str | os.PathLike[str],
    participants: int = 8,
    seed: int = 1,
    null: bool = False,
    scene_s: float = SCENE_S,
    eyes: bool = True,
    faces: bool = False,
) -> None:
    """Write a cohort as :func:`generate_cohort` makes it to the new or empty folder ``destination``, as BIDS.

    The same arguments give the same bytes, and more participants leave the files of the earlier ones as they are. It
    grows person by person, so that memory does not grow with their number, in a hidden folder beside ``destination``,
    and gets its name when it is whole.

    Without ``eyes``, the synthetic eye images, or ``faces``, the synthetic face parameters, both under ``sourcedata``,
    everything else stays as it is.

    Raises:
        InputError: the folder holds something already; a number, seed or length that makes no cohort.
    """
    if participants < 1:
        raise InputError(f"a demo cohort needs at least 1 participant, not {participants}: give a larger number")
    # The first labels stay the same when people are added, up to 99.
    labels = [f"{number:02d}" for number in range(1, participants + 1)]
    with new_folder(destination) as partial:
        made = (generate_person(number, seed, null, scene_s) for number in range(1, participants + 1))
        _write_tables(partial, labels, _write_people(partial, made, seed, eyes, faces), null)
        text = _readme(participants, seed, null, scene_s)
        text += (readme(labels) if eyes else "") + (webcam.readme() if faces else "")
        variant = "null variant: ratings without any association with expressions" if null else "planted associations"
        name = f"Myoscene synthetic demo cohort ({variant})"
        about: Dataset = {"name": name, "synthetic": True, "authors": ["Myoscene contributors"], "licence": "CC0"}
        bids.write_dataset_description(partial, about, text)


def _write_people(root: Path, people: Iterable[SimulatedPerson], seed: int, eyes: bool, faces: bool) -> Truth:
    """Write everybody's recordings; what no lab would know of them comes back: table -> rows."""
    more = (*(EYE_TRUTH_TEXTS if eyes else ()), *(webcam.TRUTH_TEXTS if faces else ()))
    truth: Truth = {name: [] for name in ("people", "bouts", "latent", *more)}
    # Whose cameras had a clock of their own.
    clocks: dict[str, dict[str, float]] = {"eye": {}, "face": {}}
    for number, person in enumerate(people, start=1):
        name = f"sub-{person.participant}"
        _write_person(root, person)
        found: Truth = {
            "people": [{"parameter": k, "value": v} for k, v in person.parameters.items()],
            "bouts": [
                {"task": recording.task, "onset": made.onset_s, "duration": made.duration_s, "expression": made.label}
                for recording in person.recordings
                for made in scenes.events_of(recording.bouts, *face.ACTIVE)
            ],
            "latent": [
                {"scene": scene, "demand": demand, "rating_drive": drive}
                for scene, demand, drive in zip(scenes.SCENES, person.demand, person.rating_drive, strict=True)
            ],
        }
        if eyes:
            found |= write_eyes(root, person, number, seed)
            clocks["eye"][name] = clock_offset_s(number)
        if faces:
            found |= webcam.write_faces(root, person, number, seed)
            clocks["face"][name] = webcam.clock_offset_s(number)
        for table, rows in found.items():
            truth[table] += [{"participant_id": name} | row for row in rows]
    for camera, offsets in clocks.items():
        off = pd.DataFrame([who for who in offsets.items() if who[1]], columns=["participant_id", "offset_s"])
        if len(off):
            bids.write_tsv(root / "sourcedata" / f"{camera}_offsets.tsv", off)
    return truth


def _write_tables(root: Path, labels: list[str], truth: Truth, null: bool) -> None:
    truth["associations"] = [planted._asdict() for planted in scenes.planted_associations(null)]
    truth["scenes"] = [
        {"scene": name, "demand": scene.demand, "expression": label, "share": share}
        for name, scene in scenes.SCENES.items()
        for label, share in zip(face.ACTIVE, scene.share, strict=True)
    ]
    for name, rows in truth.items():
        texts = (TRUTH_TEXTS | EYE_TRUTH_TEXTS | webcam.TRUTH_TEXTS)[name]
        bids.write_tsv(root / "sourcedata" / "truth" / f"{name}.tsv", pd.DataFrame(rows, columns=list(texts)), texts)
    people = pd.DataFrame({"participant_id": labels, "synthetic": "true"})
    bids.write_participants(root, people, {"synthetic": "Made by a generator: there is no such person."})


def _write_person(root: Path, person: SimulatedPerson) -> None:
    channels = [
        bids.ChannelInfo(name, target_muscle=muscle) for name, muscle in zip(face.CHANNELS, face.MUSCLES, strict=True)
    ]
    sidecar = {
        "PowerLineFrequency": face.MAINS_HZ,
        "EMGPlacementSchemeDescription": "Simulated: a face mask, each electrode over its muscle.",
        "Manufacturer": "Simulated",
        "ManufacturersModelName": "Simulated",
    }
    asked = {scenes.CALIBRATION_TASK: "expressions on command."} | {
        name: f"a virtual-reality scene; demand it is made for: {scene.demand}."
        for name, scene in scenes.SCENES.items()
    }
    for recording in person.recordings:
        events = pd.DataFrame(recording.events, columns=["onset", "duration", "trial_type"])
        bids.write_recording(
            root,
            bids.Place(person.participant, None, recording.task),
            recording.signal_uv,
            recording.rate_hz,
            channels,
            None if events.empty else events,
            sidecar | {"TaskDescription": f"Simulated: {asked[recording.task]}"},
            EVENT_TEXTS,
        )
    for scene, values in person.ratings.items():
        bids.write_beh(root, bids.Place(person.participant, None, scene), values, RATING_TEXTS)


def _readme(participants: int, seed: int, null: bool, scene_s: float) -> str:
    between, within = scenes.PERSON_SD, scenes.DEVIATION_SD
    if null:
        planted = (
            "Null variant: the ratings' deviations within participant and scene have nothing to do with the "
            "expressions."
        )
    else:
        planted = (
            "Planted: within participant and scene, frowning goes with the ratings `physical` and `effort`, "
            "and smiling goes against them."
        )
    return f"""# Synthetic demo cohort

Everything in this dataset is synthetic: there is no person, no recording and no rating behind it. It was
written by `myoscene simulate` (participants {participants}, seed {seed}, scenes of {scene_s:g} s) to try the
workflow and to test it.

Each participant has a calibration ({", ".join(face.CLASSES)}, four times each) and six scenes
({", ".join(scenes.SCENES)}), seven channels of facial EMG at {face.RATE_HZ:g} Hz, and a NASA-TLX rating of each
scene. The ratings have a standard deviation of {between:g} points between people and of {within:g}
within them, beside the scenes' own effects. {planted}

`sourcedata/truth` holds what a real recording never tells: the planted associations, everybody's parameters,
what the muscles did and when, the latent states and the scenes' design.
"""
