"""What a mapping file may say: the one definition that the schema file and the checks come from."""

from typing import Any

TEXT = {"type": "string", "minLength": 1}
COLUMN = {
    "description": "A column: its name in the header, or its position counted from 1.",
    "anyOf": [{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 1}],
}
SCALAR = {"type": ["string", "number", "boolean"]}
PLAIN_MAP = {"type": "object", "additionalProperties": SCALAR}


def _object(properties: dict[str, Any], required: list[str] | None = None, about: str = "") -> dict[str, Any]:
    node: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
    if required:
        node["required"] = required
    if about:
        node["description"] = about
    return node


def _about(node: dict[str, Any], text: str, **more: Any) -> dict[str, Any]:
    return node | {"description": text} | more


def _list(item: dict[str, Any], about: str) -> dict[str, Any]:
    return {"type": "array", "items": item, "description": about}


IDENTIFIER = _object(
    {
        "value": _about(SCALAR, "The same label for every file."),
        "rename": _about(PLAIN_MAP, "Value in the path -> BIDS label (letters and digits)."),
        "clean": _about({"type": "boolean"}, "Drop every character that is no letter or digit. Default false."),
    },
    about="How a part of the path becomes a BIDS label.",
)
IDENTIFIER_COLUMN = _object({"column": COLUMN} | IDENTIFIER["properties"], about="How a column becomes a BIDS label.")
DATASET = _object(
    {
        "name": _about(TEXT, "Name of the data set."),
        "authors": _list(TEXT, "Who made the recordings."),
        "licence": _about(TEXT, "Licence of the recordings."),
        "doi": _about(TEXT, "DOI of the source."),
        "how_to_acknowledge": _about(TEXT, "What to cite."),
        "description": _about(TEXT, "Text of the README."),
        "synthetic": _about({"type": "boolean"}, "True for made-up recordings. Default false."),
    },
    ["name"],
)
SOURCE = _object(
    {
        "format": {
            "enum": ["delimited", "matlab", "xdf", "edf", "emteqpro"],
            "description": "What the recordings are stored as (edf: EDF and BDF).",
        },
        "files": _about(
            TEXT,
            "Path below the source folder. {participant}, {session}, {task} and {run} stand for parts of it, "
            "* for anything within a folder's name, ** for any folders.",
        ),
        "regex": _about(TEXT, "Instead of `files`: a regular expression with groups (?P<participant>...)."),
    },
    ["format"],
    "Which files are recordings.",
)
TEXT_FILE = _object(
    {
        "delimiter": _about(TEXT, "tab, comma, semicolon, space (any white space), auto, or the character."),
        "header": _about({"type": "boolean"}, "Whether the first row names the columns. Default true."),
        "comment": _about(TEXT, "Lines that begin with this are left out (and counted in the report)."),
        "decimal": {"enum": [".", ","], "description": "Decimal mark. Default '.'."},
        "encoding": _about(TEXT, "Text encoding. Default utf-8."),
        "skip_rows": _about({"type": "integer", "minimum": 0}, "Lines to leave out at the top. Default 0."),
    },
    about="How delimited text is written.",
)
MATLAB = _object(
    {
        "variable": _about(TEXT, "The variable that holds the samples; dots go into structures."),
        "rows": {"enum": ["samples", "channels"], "description": "What a row is. Default samples."},
        "rate_variable": _about(TEXT, "The variable that holds the rate in Hz."),
    },
    ["variable"],
)
XDF = _object({"stream": _about(TEXT, "Name or type of the stream that holds the signals.")}, ["stream"])
EMTEQPRO = _object(
    {
        "signal": {
            "enum": ["Raw", "Filtered"],
            "description": "Which signal, where no `channels` are given. Default Raw.",
        }
    }
)
TIME = _object(
    {
        "column": COLUMN,
        "unit": {"enum": ["s", "ms", "us", "ns", "min"], "description": "Unit of the time column."},
        "rate_hz": _about(
            {"type": "number", "exclusiveMinimum": 0},
            "Rate in Hz: with no time column the rate of the rows; with one the device's own, against "
            "which the "
            "measured rate is checked.",
        ),
        "held_samples": {
            "enum": ["report", "collapse", "keep"],
            "description": "Rows that repeat the row before: report them and keep the rows (report, the "
            "default); "
            "make one sample of each (collapse); keep the rows and know it (keep).",
        },
        "gap_ms": _about(
            {"type": "number", "exclusiveMinimum": 0},
            "A step between time stamps above this is a gap: an error, or marked (missing_samples). Default 100.",
        ),
    },
    about="What the time of a row is.",
)
CHANNEL = _object(
    {
        "column": COLUMN,
        "name": _about(
            {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
            "Lower snake case; sides end in _left or _right.",
        ),
        "muscle": _about(TEXT, "Anatomical name of the muscle below the electrode."),
        "unit": _about(TEXT, "Unit in the file: V, mV, uV, nV; anything for a channel that is no EMG."),
        "scale": _about({"type": "number"}, "Factor that gives `unit`; a recorder's gain undone. Default 1."),
        "type": {
            "enum": [
                "EMG",
                "MISC",
                "GSR",
                "ECG",
                "EOG",
                "EEG",
                "RESP",
                "PPG",
                "TEMP",
                "ACCEL",
                "GYRO",
                "MAGN",
                "TRIG",
            ],
            "description": "BIDS channel type. Default EMG.",
        },
        "store": {
            "enum": ["bdf", "physio"],
            "description": "bdf (24 bit), or physio: text beside it that keeps every digit. Default bdf.",
        },
        "description": _about(TEXT, "What the channel is."),
        "reference": _about(TEXT, "Reference electrode."),
        "low_cutoff": _about({"type": "number"}, "High-pass of the recorder, Hz."),
        "high_cutoff": _about({"type": "number"}, "Low-pass of the recorder, Hz."),
        "notch": _about({"type": "number"}, "Notch of the recorder, Hz."),
    },
    ["column", "name"],
)
LABELS = {
    "values": _about(PLAIN_MAP, "Label in the source -> trial_type. Without it every label is taken as it is."),
    "ignore": _list(SCALAR, "Labels to leave aside on purpose."),
}
LABEL_COLUMN = _object({"column": COLUMN} | LABELS, ["column"], "Each run of rows with one label is an event.")
MARKER_EDGES = _object(
    {
        "column": COLUMN,
        "edge": {"enum": ["rising", "falling"], "description": "Which edge is the onset."},
        "threshold": _about({"type": "number"}, "The level that the marker crosses, in the file's unit."),
        "label": _about(TEXT, "trial_type."),
        "duration_s": _about({"type": "number", "minimum": 0}, "Duration in s. Without it: until the marker is back."),
    },
    ["column", "edge", "threshold", "label"],
)
EVENT_FILE = _object(
    {
        "file": _about(TEXT, "Path below the source; {participant} ... and {stem} (the recording's file name)."),
        "onset": COLUMN,
        "onset_unit": TIME["properties"]["unit"],
        "clock": {
            "enum": ["recording", "file"],
            "description": "recording: from the first sample (default); file: on the recording's own time stamps.",
        },
        "duration": COLUMN,
        "duration_s": _about({"type": "number", "minimum": 0}, "One duration for all, in s."),
        "label": COLUMN,
        "text": TEXT_FILE,
    }
    | LABELS,
    ["file", "onset", "label"],
    "A table of events beside the recording: delimited text, or JSON (a list of objects).",
)
STREAM_EVENTS = _object(
    {
        "stream": _about(TEXT, "Name of one marker stream (XDF). Default: all of them."),
        "file": _about(TEXT, "emteqPRO: path of the event file below the source. Default: {stem}.json beside it."),
        "duration_s": _about({"type": "number", "minimum": 0}, "Duration of those that have none, in s. Default 0."),
        "until_next": _about({"type": "boolean"}, "Each lasts until the next one. Default false."),
    }
    | LABELS
)
EVENTS = _list(
    {
        "anyOf": [
            _object({name: node}, [name])
            for name, node in {
                "label_column": LABEL_COLUMN,
                "marker_edges": MARKER_EDGES,
                "event_file": EVENT_FILE,
                "annotations": _about(STREAM_EVENTS, "Annotations that the recording itself holds (EDF, BDF)."),
                "markers": _about(STREAM_EVENTS, "Marker streams (XDF), or the JSON beside an emteqPRO file."),
            }.items()
        ]
    },
    "Where events come from; any number of sources.",
)
RATINGS = _object(
    {
        "file": _about(TEXT, "Path below the source folder."),
        "text": TEXT_FILE,
        "participant": IDENTIFIER_COLUMN,
        "session": IDENTIFIER_COLUMN,
        "scene": _about(IDENTIFIER_COLUMN, "The scene that a row rates. Without it: one row a person."),
        "columns": _about(
            {
                "type": "object",
                "additionalProperties": {
                    "enum": [
                        "mental",
                        "physical",
                        "temporal",
                        "performance",
                        "effort",
                        "frustration",
                        "weighted_tlx",
                    ]
                },
            },
            "Column in the file -> subscale.",
        ),
        "range": _about(
            {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
            "Ends of the scales in the file; written as 0 to 100. Default [0, 100].",
        ),
        "performance": {
            "enum": ["good_to_poor", "poor_to_good"],
            "description": "good_to_poor: 0 is perfect, as in NASA-TLX (default); the other is turned round.",
        },
    },
    ["file", "participant", "columns"],
)
FEATURES = _object(
    {
        "format": {"enum": ["delimited", "matlab"], "description": "What the tables are stored as."},
        "files": SOURCE["properties"]["files"],
        "text": TEXT_FILE,
        "matlab": MATLAB,
        "columns": _list(
            _object(
                {"column": COLUMN, "name": CHANNEL["properties"]["name"], "description": TEXT},
                ["column", "name"],
            ),
            "The features.",
        ),
        "label": _object({"column": COLUMN} | LABELS, ["column"], "The class of each row."),
    },
    ["format", "files", "columns", "label"],
    "Tables of ready features: a row a window, a label each.",
)
IMAGES = _object(
    {
        "files": _about(
            TEXT,
            "Path below the source folder, as in `source`. {participant}, {session}, {task}, {run}, {label}, {eye}, "
            "{frame} and {time} stand for parts of it; any other name in braces for a part that is not used.",
        ),
        "regex": _about(TEXT, "Instead of `files`: a regular expression with groups (?P<label>...)."),
        "labels": _object(LABELS, about="What the part {label} means."),
        "eye": _object(
            {
                "value": {"enum": ["left", "right"], "description": "The same eye for every image."},
                "values": _about(
                    {"type": "object", "additionalProperties": {"enum": ["left", "right"]}},
                    "Part {eye} of the path -> left or right. Without it: left, right, l and r, in any case.",
                ),
            },
            about="Whose eye an image shows, as the wearer has it.",
        ),
        "time_unit": {"enum": ["s", "ms", "us", "ns", "min"], "description": "Unit of the part {time}."},
        "rate_hz": _about(
            {"type": "number", "exclusiveMinimum": 0},
            "Images a second and eye: the time of an image is its {frame} divided by it. Without {time} alone.",
        ),
    },
    about="Eye images, one a file: whose, under which label and when, as folder and file names say.",
)
IGNORE = _object(
    {
        "files": _list(TEXT, "Files that are known and not wanted (* and ** as above)."),
        "columns": _list(COLUMN, "Columns that are known and not wanted."),
        "streams": _list(TEXT, "Streams that are known and not wanted (XDF)."),
    },
    about="What is left aside on purpose; the report says so.",
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Myoscene mapping: from the files that a lab has to a BIDS dataset",
} | _object(
    {
        "dataset": DATASET,
        "source": SOURCE,
        "identifiers": _object(dict.fromkeys(("participant", "session", "task", "run"), IDENTIFIER)),
        "text": TEXT_FILE,
        "matlab": MATLAB,
        "xdf": XDF,
        "emteqpro": EMTEQPRO,
        "time": TIME,
        "channels": _list(CHANNEL, "The channels to import."),
        "events": EVENTS,
        "event_descriptions": _about({"type": "object", "additionalProperties": TEXT}, "trial_type -> what it means."),
        "missing_samples": {
            "enum": ["error", "mark"],
            "description": "Samples without a value, and gaps: stop (default), or zeros and a BAD_missing event.",
        },
        "sidecar": _about({"type": "object"}, "Keys of _emg.json as BIDS names them; they are written as they are."),
        "ratings": RATINGS,
        "features": FEATURES,
        "images": IMAGES,
        "ignore": IGNORE,
    },
    ["dataset"],
)
