"""What a mapping file may say: the one definition that the schema file and the checks come from.

Dictionaries, since a file says only what it needs; a key's meaning stands beside it, or below where it is long.
"""

from typing import Annotated, Literal, Required

from pydantic import ConfigDict
from typing_extensions import TypedDict

from myoscene.core.settings import NotNegative, Positive, Shown, Text, Within, means
from myoscene.importing.formats import FormatName

Column = Annotated[
    Text | Annotated[int, Within(ge=1)], means("A column: its name in the header, or its position counted from 1.")
]
Scalar = str | bool | int | float
Values = Annotated[dict[str, Scalar], means("Label in the source -> trial_type. Without it: every label as it is.")]
Aside = Annotated[list[Scalar], means("Labels to leave aside on purpose.")]
Name = Annotated[str, Within(pattern="^[a-z][a-z0-9_]*$"), means("Lower snake case; sides end in _left or _right.")]
TimeUnit = Literal["s", "ms", "us", "ns", "min"]
Side = Literal["left", "right"]
Subscale = Literal["mental", "physical", "temporal", "performance", "effort", "frustration", "weighted_tlx"]


class Identifier(TypedDict, total=False):
    """How a part of the path becomes a BIDS label."""

    value: Annotated[Scalar, means("The same label for every file.")]
    rename: Annotated[dict[str, Scalar], means("Value in the path -> BIDS label (letters and digits).")]
    clean: Annotated[bool, means("Drop every character that is not a letter or digit. Default false.")]


class IdentifierColumn(Identifier, total=False):
    """How a column becomes a BIDS label."""

    column: Column


class Dataset(TypedDict, total=False):
    """What the data set is."""

    name: Required[Annotated[Text, means("Name of the data set.")]]
    authors: Annotated[list[Text], means("Who made the recordings.")]
    licence: Annotated[Text, means("Licence of the recordings.")]
    doi: Annotated[Text, means("DOI of the source.")]
    how_to_acknowledge: Annotated[Text, means("What to cite.")]
    description: Annotated[Text, means("Text of the README.")]
    synthetic: Annotated[bool, means("True for made-up recordings. Default false.")]


class FilePattern(TypedDict, total=False):
    """Which files, by their paths."""

    files: Text
    regex: Text


class Source(TypedDict, total=False):
    """Which files are recordings."""

    format: Required[Annotated[FormatName, means("What the recordings are stored as (edf: EDF and BDF).")]]
    files: Text
    """Path below the source folder. {participant}, {session}, {task} and {run} stand for parts of it, * for anything
    within a folder's name, ** for any folders."""
    regex: Annotated[Text, means("Instead of `files`: a regular expression with groups (?P<participant>...).")]


class Identifiers(TypedDict, total=False):
    """What the parts of the path become."""

    participant: Identifier
    session: Identifier
    task: Identifier
    run: Identifier


class TextFile(TypedDict, total=False):
    """How delimited text is written."""

    delimiter: Annotated[Text, means("tab, comma, semicolon, space (any white space), auto, or the character.")]
    header: Annotated[bool, means("Whether the first row names the columns. Default true.")]
    comment: Annotated[Text, means("Lines that begin with this are left out (and counted in the report).")]
    decimal: Annotated[Literal[".", ","], means("Decimal mark. Default '.'.")]
    encoding: Annotated[Text, means("Text encoding. Default utf-8.")]
    skip_rows: Annotated[int, Within(ge=0), means("Lines to leave out at the top. Default 0.")]


class Matlab(TypedDict, total=False):
    """Where a MATLAB file holds its samples."""

    variable: Required[Annotated[Text, means("The variable that holds the samples; dots go into structures.")]]
    rows: Annotated[Literal["samples", "channels"], means("What a row is. Default samples.")]
    rate_variable: Annotated[Text, means("The variable that holds the rate in Hz.")]


class Xdf(TypedDict):
    """Where an XDF file holds its samples."""

    stream: Annotated[Text, means("Name or type of the stream that holds the signals.")]


class EmteqPro(TypedDict, total=False):
    """What of an emteqPRO file is taken."""

    signal: Annotated[Literal["Raw", "Filtered"], means("Which signal, where no `channels` are given. Default Raw.")]


class Time(TypedDict, total=False):
    """What the time of a row is."""

    column: Column
    unit: Annotated[TimeUnit, means("Unit of the time column.")]
    rate_hz: Positive
    """Rate in Hz: with no time column the rate of the rows; with one the device's own, against which the measured rate
    is checked."""
    held_samples: Literal["report", "collapse", "keep"]
    """Rows that repeat the row before: report them and keep the rows (report, the default); make one sample of each
    (collapse); keep the rows and know it (keep)."""
    gap_ms: Positive
    """A step between time stamps above this is a gap: an error, or marked (missing_samples). Default 100."""


class Channel(TypedDict, total=False):
    """A channel to import."""

    column: Required[Column]
    name: Required[Name]
    muscle: Annotated[Text, means("Anatomical name of the muscle below the electrode.")]
    unit: Annotated[Text, means("Unit in the file: V, mV, uV, nV; anything for a channel that is not EMG.")]
    scale: Annotated[float, means("Factor that gives `unit`; a recorder's gain undone. Default 1.")]
    type: Literal["EMG", "MISC", "GSR", "ECG", "EOG", "EEG", "RESP", "PPG", "TEMP", "ACCEL", "GYRO", "MAGN", "TRIG"]
    """BIDS channel type. Default EMG."""
    store: Literal["bdf", "physio"]
    """bdf (24 bit), or physio: text beside it that keeps every digit. Default bdf."""
    description: Annotated[Text, means("What the channel is.")]
    reference: Annotated[Text, means("Reference electrode.")]
    low_cutoff: Annotated[float, means("High-pass of the recorder, Hz.")]
    high_cutoff: Annotated[float, means("Low-pass of the recorder, Hz.")]
    notch: Annotated[float, means("Notch of the recorder, Hz.")]


class LabelColumn(TypedDict, total=False):
    """Each run of rows with one label is an event."""

    column: Required[Column]
    values: Values
    ignore: Aside


class MarkerEdges(TypedDict, total=False):
    """Events begin where a marker crosses a level."""

    column: Required[Column]
    edge: Required[Annotated[Literal["rising", "falling"], means("Which edge is the onset.")]]
    threshold: Required[Annotated[float, means("The level that the marker crosses, in the file's unit.")]]
    label: Required[Annotated[Text, means("trial_type.")]]
    duration_s: Annotated[NotNegative, means("Duration in s. Without it: until the marker is back.")]


class EventFile(TypedDict, total=False):
    """A table of events beside the recording: delimited text, or JSON (a list of objects)."""

    file: Required[Text]
    """Path below the source; {participant} ... and {stem} (the recording's file name)."""
    onset: Required[Column]
    onset_unit: Annotated[TimeUnit, means("Unit of the onset.")]
    clock: Literal["recording", "file"]
    """recording: from the first sample (default); file: on the recording's own time stamps."""
    duration: Column
    duration_s: Annotated[NotNegative, means("One duration for all, in s.")]
    label: Required[Column]
    text: TextFile
    values: Values
    ignore: Aside


class StreamEvents(TypedDict, total=False):
    """Events that stand in the recording: annotations (EDF, BDF), marker streams (XDF), or the JSON beside an emteqPRO
    file."""

    stream: Annotated[Text, means("Name of one marker stream (XDF). Default: all of them.")]
    file: Annotated[Text, means("emteqPRO: path of the event file below the source. Default: {stem}.json beside it.")]
    duration_s: Annotated[NotNegative, means("Duration of those that have none, in s. Default 0.")]
    until_next: Annotated[bool, means("Each lasts until the next one. Default false.")]
    values: Values
    ignore: Aside


class EventSource(TypedDict, total=False):
    """One kind of event source, as the only key."""

    label_column: LabelColumn
    marker_edges: MarkerEdges
    event_file: EventFile
    annotations: StreamEvents
    markers: StreamEvents


class Ratings(TypedDict, total=False):
    """NASA-TLX ratings."""

    file: Required[Annotated[Text, means("Path below the source folder.")]]
    text: TextFile
    participant: Required[IdentifierColumn]
    session: IdentifierColumn
    scene: Annotated[IdentifierColumn, means("The scene that a row rates. Without it: one row a person.")]
    columns: Required[Annotated[dict[str, Subscale], means("Column in the file -> subscale.")]]
    range: Annotated[list[float], Within(min_length=2, max_length=2)]
    """Ends of the scales in the file; written as 0 to 100. Default [0, 100]."""
    performance: Literal["good_to_poor", "poor_to_good"]
    """good_to_poor: 0 is perfect, as in NASA-TLX (default); the other is turned round."""


class FeatureColumn(TypedDict, total=False):
    """A ready feature."""

    column: Required[Column]
    name: Required[Name]
    description: Annotated[Text, means("What it is.")]


class Features(TypedDict, total=False):
    """Tables of ready features: a row a window, a label each."""

    format: Required[Annotated[Literal["delimited", "matlab"], means("What the tables are stored as.")]]
    files: Required[Annotated[Text, means("Path below the source folder, as in `source`.")]]
    text: TextFile
    matlab: Matlab
    columns: Required[Annotated[list[FeatureColumn], means("The features.")]]
    label: Required[Annotated[LabelColumn, means("The class of each row.")]]


class Labels(TypedDict, total=False):
    """What labels mean."""

    values: Values
    ignore: Aside


class ImageEye(TypedDict, total=False):
    """Whose eye an image shows, as the wearer has it."""

    value: Annotated[Side, means("The same eye for every image.")]
    values: dict[str, Side]
    """Part {eye} of the path -> left or right. Without it: left, right, l and r, in any case."""


class Images(TypedDict, total=False):
    """Eye images, one a file: whose, under which label and when, as folder and file names say."""

    files: Text
    """Path below the source folder, as in `source`. {participant}, {session}, {task}, {run}, {label}, {eye}, {frame}
    and {time} stand for parts of it; any other name in braces for a part that is not used."""
    regex: Annotated[Text, means("Instead of `files`: a regular expression with groups (?P<label>...).")]
    labels: Labels
    eye: ImageEye
    time_unit: Annotated[TimeUnit, means("Unit of the part {time}.")]
    rate_hz: Positive
    """Images a second and eye: the time of an image is its {frame} divided by it. Without {time} alone."""


class Ignore(TypedDict, total=False):
    """What is left aside on purpose; the report says so."""

    files: Annotated[list[Text], means("Files that are known and not wanted (* and ** as above).")]
    columns: Annotated[list[Column], means("Columns that are known and not wanted.")]
    streams: Annotated[list[Text], means("Streams that are known and not wanted (XDF).")]


class MappingFile(TypedDict, total=False):
    """Myoscene mapping: from the files that a lab has to a BIDS dataset."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)  # type: ignore[misc]

    dataset: Required[Dataset]
    source: Source
    identifiers: Identifiers
    text: TextFile
    matlab: Matlab
    xdf: Xdf
    emteqpro: EmteqPro
    time: Time
    channels: Annotated[list[Channel], means("The channels to import.")]
    events: list[Annotated[EventSource, Shown(minProperties=1, maxProperties=1)]]
    """Where events come from; any number of sources."""
    event_descriptions: Annotated[dict[str, Text], means("trial_type -> what it means.")]
    missing_samples: Literal["error", "mark"]
    """Samples without a value, and gaps: stop (default), or zeros and a BAD_missing event."""
    sidecar: Annotated[dict[str, object], means("Keys of _emg.json as BIDS names them; they are written as they are.")]
    ratings: Ratings
    features: Features
    images: Images
    ignore: Ignore
