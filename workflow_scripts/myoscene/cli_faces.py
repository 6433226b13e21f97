"""The commands that need no workflow: on tables of one clock, and on videos of faces."""

import argparse
from pathlib import Path

from myoscene.commands import argument, command, say
from myoscene.core.errors import InputError


@command(
    "map-continuous",
    "predict the columns of one table from those of another, on one clock",
    "Predict continuous targets (face parameters, force, joint angles, ratings) from signals (EMG, raw or as "
    "envelopes), or the other way round, and print how well: after a person's own calibration, for people never seen, "
    "and for these after some seconds. Both tables (Parquet, CSV, TSV) have time_s in seconds on one clock and, of "
    "several people, participant. No workflow is needed.",
    argument("--signals", required=True, type=Path, metavar="S", help="the table to predict from"),
    argument("--targets", required=True, type=Path, metavar="T", help="the table to predict"),
    argument("--out", type=Path, metavar="DIR", help="new folder for the same as CSV, by person and target"),
    argument("--rate-hz", type=float, default=30.0, metavar="HZ", help="most rows a second (default 30)"),
    argument("--envelope-s", type=float, default=0.2, metavar="S", help="of raw signals (default 0.2 s)"),
    argument("--causal", action="store_true", help="look back only, as online"),
    argument(
        "--models", nargs="+", choices=("ridge", "extra_trees", "tcn"), help="besides the mean (default the first two)"
    ),
    argument("--one-euro-hz", type=float, default=0.0, metavar="HZ", help="smooth what is predicted (default 0: not)"),
)
def _map_continuous(options: argparse.Namespace) -> None:
    from dataclasses import replace

    from myoscene.mapping.command import map_continuous
    from myoscene.mapping.settings import MappingSettings

    if not (0 < options.rate_hz < 1e5 and 0 < options.envelope_s < 1e5):
        raise InputError("--rate-hz and --envelope-s have to be numbers above 0, and below 100000")
    if not 0 <= options.one_euro_hz < 1e5:
        raise InputError(f"--one-euro-hz is {options.one_euro_hz:g}; give a number from 0 to 100000")
    names = ("rate_hz", "envelope_s", "causal", "one_euro_hz")
    # More than the workflow takes for everybody at once.
    settings = MappingSettings(
        **{name: getattr(options, name) for name in names}, trees=200, tree_rows=20_000, tree_features=0.5
    )
    if options.models:
        settings = replace(settings, models=options.models)
    say(map_continuous(options.signals, options.targets, options.out, settings))


@command(
    "face-parameters",
    "turn a video of a face into a table of expression parameters",
    "Turn a video of a face into a table: 52 blendshapes, head pose, and how far brows, lids and corners of the mouth "
    "stand on each side, for every frame at its own time. Everything runs on this machine. A summary is written beside "
    "the table (.json). `make face-model` gets the model and its runtime.",
    argument("video", type=Path, metavar="VIDEO", help="video of one person's face, or a folder of its images"),
    argument("--out", required=True, type=Path, metavar="T.parquet", help="table to write"),
    argument("--live-link", type=Path, metavar="T.csv", help="the same as Live Link Face writes it"),
    argument("--model", type=Path, metavar="FILE.task", help="face_landmarker.task (default: of `make face-model`)"),
    argument("--turn", type=int, default=0, choices=(0, 90, 180, 270), help="degrees counter-clockwise"),
    argument("--rate-hz", type=float, metavar="HZ", help="images a second, of a folder of images"),
    argument("--mirror-every", type=int, default=1, metavar="N", help="look at each N-th mirrored, too; 0: at none"),
    argument("--raw-landmarks", action="store_true", help="do not smooth landmarks over time"),
    argument("--several-faces", action="store_true", help="follow one face where there are several"),
)
def _face_parameters(options: argparse.Namespace) -> None:
    from myoscene.face.model import PLACE
    from myoscene.face.run import face_parameters
    from myoscene.face.settings import FaceSettings

    if options.mirror_every < 0:
        raise InputError(f"--mirror-every is {options.mirror_every}; give 0 or more")
    settings = FaceSettings(
        smooth=not options.raw_landmarks, mirror_every=options.mirror_every, several_faces=options.several_faces
    )
    if options.rate_hz is not None and not 0 < options.rate_hz < 1e5:
        raise InputError("--rate-hz has to be above 0")
    told = {name: getattr(options, name) for name in ("live_link", "turn", "rate_hz")}
    print(face_parameters(options.video, options.out, settings, **told, model=options.model or PLACE).told())


@command(
    "restore",
    "take electrodes out of a video of a face",
    "Take electrodes and cables out of a video of a face, so that its expression can be measured (face-parameters). "
    "First counts the frames that show a face as the video is; where these are enough, nothing is written. Else what "
    "was marked in one frame is followed and painted over (mask), or a network that learnt electrodes on the same "
    "person's clean clip finds them (net). The video itself is left as it is. `make face-model` and "
    "`make restore` get what it needs.",
    argument("video", type=Path, metavar="VIDEO", help="video of one person's face with electrodes"),
    argument("--out", type=Path, metavar="V.mp4", help="video to write, without sound (*.mp4 or *.mkv)"),
    argument(
        "--method", default="auto", choices=("auto", "none", "mask", "net"), help="none: only measure (default auto)"
    ),
    argument("--mark", type=Path, metavar="MARKS.json", help="what was marked in one frame"),
    argument("--marking-page", type=Path, metavar="P.html", help="write a page for marking, and nothing else"),
    argument("--at", type=float, default=0.0, metavar="S", help="time of the frame on that page (default 0)"),
    argument("--reference", type=Path, metavar="CLEAN.mp4", help="clip of the same person without electrodes, for net"),
    argument("--judge", type=Path, metavar="CLEAN.mp4", help="the untouched video: print how much comes back"),
    argument("--beside", type=Path, metavar="V.mp4", help="also write the original and the restored side by side"),
    argument("--model", type=Path, metavar="FILE.task", help="face_landmarker.task (default: of `make face-model`)"),
    argument("--turn", type=int, default=0, choices=(0, 90, 180, 270), help="degrees counter-clockwise"),
)
def _restore(options: argparse.Namespace) -> None:
    from myoscene.face.model import PLACE
    from myoscene.restore.page import write_page
    from myoscene.restore.run import Files, restore
    from myoscene.restore.settings import RestoreSettings

    if options.marking_page:
        write_page(options.video, options.marking_page, options.at, options.turn)
        print(f"open {options.marking_page} in a browser, mark every electrode and cable, and save marks.json")
        return
    files = Files(
        options.video,
        options.out,
        mark=options.mark,
        beside=options.beside,
        judge=options.judge,
        reference=options.reference,
        model=options.model or PLACE,
        turn=options.turn,
    )
    say(restore(files, options.method, RestoreSettings()).told())


@command(
    "face-table",
    "turn another tool's face parameters into a table",
    "Turn what another tool measured in a face into a table with times: CSV of OpenFace 2, py-feat, Live Link Face, "
    "MediaPipe or JeFaPaTo, JSON of MediaPipe, a folder of EMOCA, .npz of SMIRK. The names in it say which it is.",
    argument("source", type=Path, metavar="SOURCE", help="the tool's file, or EMOCA's folder"),
    argument("--out", required=True, type=Path, metavar="T.parquet", help="table to write, or T.csv"),
    argument("--rate-hz", type=float, metavar="HZ", help="frames a second, of files without times and of timecodes"),
)
def _face_table(options: argparse.Namespace) -> None:
    from myoscene.face.others.read import face_table

    if options.rate_hz is not None and not 0 < options.rate_hz < 1e6:
        raise InputError("--rate-hz has to be above 0")
    print(face_table(options.source, options.out, options.rate_hz))


WHOSE = ("participant", "session", "recording")
_CHOOSING = [argument(f"--{name}", metavar="NAME", help=f"{name} to take, of a table with several") for name in WHOSE]


def _chosen(options: argparse.Namespace) -> dict[str, str]:
    return {name: getattr(options, name) for name in WHOSE if getattr(options, name) is not None}


@command(
    "draw-face",
    "draw a face from a table of face parameters, or make it move",
    "Draw a schematic face from a table of face parameters (of face-parameters, face-table or the workflow): one frame "
    "as SVG, or all frames as a page that plays them and needs no network. The person's own left is on the viewer's "
    "right. Blendshapes and action units are drawn; what was not measured is grey.",
    argument("table", type=Path, metavar="T", help="table to draw (Parquet or CSV)"),
    argument("--out", required=True, type=Path, metavar="FACE.svg", help="file to write, FACE.html with --animate"),
    argument("--at", type=float, metavar="S", help="time of the frame to draw (s)"),
    argument("--animate", action="store_true", help="all frames, as a page"),
    argument("--sites", action="store_true", help="show where electrodes are put, with --at"),
    *_CHOOSING,
)
def _draw_face(options: argparse.Namespace) -> None:
    from myoscene.face.draw import draw_face

    if options.animate == (options.at is not None):
        raise InputError("give either --at with the time of a frame, or --animate")
    say(draw_face(options.table, options.out, options.at, _chosen(options), sites=options.sites))


@command(
    "face-report",
    "a page on how each side of a face moves in tasks, for clinics and labs",
    "Write a page on one recording: for every task and side how far and how fast the face moves, asymmetry with what "
    "the networks add to it, which regions move along that were not asked for, and drawn faces. No diagnosis; frames "
    "of the video are never shown.",
    argument("table", type=Path, metavar="T", help="face parameters (Parquet or CSV)"),
    argument("--out", required=True, type=Path, metavar="PAGE.html", help="page to write"),
    argument("--tasks", type=Path, metavar="TASKS.tsv", help="columns onset, duration (s), task, and perhaps asked"),
    argument("--emg", type=Path, metavar="EMG", help="signals with time_s on the same clock (Parquet or CSV)"),
    *_CHOOSING,
)
def _face_report(options: argparse.Namespace) -> None:
    from myoscene.face.clinic_page import face_report

    say(face_report(options.table, options.out, options.tasks, options.emg, _chosen(options)))
