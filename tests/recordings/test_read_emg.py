"""Reading EDF and BDF with their sidecars: units, channels, rates, and every file that is refused."""

import builtins
import io
from pathlib import Path
from typing import Any

import edfio
import numpy as np
import pytest
from myoscene.core.errors import InputError
from myoscene.recordings.read import read_emg
from recordings.builders import CHANNELS, noise, samples, write_emg, write_tsv

SORTED = ("corrugator_center", "frontalis_right", "zygomaticus_right")


def rewrite_channels(
    path: Path, rows: list[tuple[Any, ...]], header: tuple[str, ...] = ("name", "type", "units")
) -> Path:
    return write_tsv(Path(str(path).rpartition("_emg.")[0] + "_channels.tsv"), header, rows)


@pytest.mark.parametrize("extension", [".edf", ".bdf"])
@pytest.mark.parametrize("unit", ["V", "mV", "uV", "\N{MICRO SIGN}V", "\N{GREEK SMALL LETTER MU}V", "nV"])
def test_samples_come_back_in_microvolt(tmp_path: Path, extension: str, unit: str) -> None:
    written = noise(3)
    plain = unit.replace("\N{GREEK SMALL LETTER MU}", "u")
    path = write_emg(tmp_path, "01", "calm", signal_uv=written, units=[plain] * 3, extension=extension)
    rewrite_channels(path, [(name, "EMG", unit) for name in CHANNELS])
    found = read_emg(str(path), CHANNELS)
    # Half a step of the converter: range over 2^16 (EDF) or 2^24 (BDF), and of float32.
    step = np.ptp(written, axis=1) / (2**16 if extension == ".edf" else 2**24)
    assert np.all(np.abs(samples(found) - written) <= 0.6 * step[:, None] + 2e-5)
    assert samples(found).dtype == np.float32
    assert found.signal_uv.shape == (3, 2000)
    assert (found.rate_hz, found.channels, found.mains_hz) == (200.0, CHANNELS, 50.0)


def test_units_are_those_of_each_channel(tmp_path: Path) -> None:
    written = noise(4)
    path = write_emg(tmp_path, "01", "calm", signal_uv=written, units=["V", "mV", "uV"])
    np.testing.assert_allclose(samples(read_emg(str(path), CHANNELS)), written, atol=0.01)


def test_without_a_selection_the_order_is_the_same_whatever_the_file_says(tmp_path: Path) -> None:
    one = write_emg(tmp_path, "01", "calm", signal_uv=noise(5))
    two = write_emg(tmp_path, "02", "calm", signal_uv=noise(5)[::-1], channels=CHANNELS[::-1])
    first, second = read_emg(str(one)), read_emg(str(two))
    assert first.channels == second.channels == SORTED
    np.testing.assert_array_equal(samples(first), samples(second))


def test_channels_are_selected_by_either_name_in_the_given_order(tmp_path: Path) -> None:
    names = ("RightZygomaticus", "ecg", "LeftFrontalis", "Center Corrugator")
    signal = noise(6, 4)
    path = write_emg(
        tmp_path, "01", "calm", signal_uv=signal, channels=names, types=["EMG", "ECG", "EMG", "EMG"],
        units=["uV", "mV", "uV", "uV"], muscles=["zygomaticus major", "n/a", "frontalis", "corrugator"],
        status=["good", "good", "bad", "good"],
    )  # fmt: skip
    found = read_emg(str(path), ["corrugator_center", "LeftFrontalis"])
    assert found.channels == ("corrugator_center", "frontalis_left")
    assert found.muscles == ("corrugator", "frontalis")
    assert found.bad_channels == ("frontalis_left",)
    np.testing.assert_allclose(samples(found), signal[[3, 2]], atol=0.01)
    assert read_emg(str(path)).channels == ("corrugator_center", "frontalis_left", "zygomaticus_right")


def test_names_that_the_header_cuts_to_16_characters_are_found(tmp_path: Path) -> None:
    names = ("orbicularis_oculi_left", "orbicularis_oculi_right", "zygomaticus_right")
    signal = noise(7)
    path = write_emg(tmp_path, "01", "calm", signal_uv=signal, channels=names)
    np.testing.assert_allclose(samples(read_emg(str(path), names)), signal, atol=0.01)


def refused(path: Path, channels: tuple[str, ...] = ()) -> str:
    with pytest.raises(InputError) as raised:
        samples(read_emg(str(path), channels))
    message = str(raised.value)
    assert "\n" not in message
    return message


def test_an_unknown_unit_is_named_with_file_row_and_channel(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    table = rewrite_channels(path, [("frontalis_right", "EMG", "uV"), ("zygomaticus_right", "EMG", "mOhm")])
    assert refused(path) == (
        f"{table}, row 3, channel 'zygomaticus_right': unknown unit 'mOhm'; use one of V, mV, uV, \N{MICRO SIGN}V, nV"
    )


@pytest.mark.parametrize("unit", ["n/a", "MV", "UV", ""])
def test_a_unit_is_never_guessed(tmp_path: Path, unit: str) -> None:
    path = write_emg(tmp_path, "01", "calm")
    rewrite_channels(path, [("frontalis_right", "EMG", unit)])
    assert f"unknown unit '{unit}'" in refused(path)


def test_a_unit_that_contradicts_the_header_is_refused(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    rewrite_channels(path, [("frontalis_right", "EMG", "mV")])
    message = refused(path)
    assert "'mV' here and 'uV' in the header" in message
    assert "row 2" in message


def test_a_missing_channel_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    message = refused(path, ("zygomaticus_rigth",))
    assert f"{path} has no EMG channel 'zygomaticus_rigth' (did you mean 'zygomaticus_right'?)" in message


def test_a_channel_of_the_table_that_is_not_in_the_file(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    rewrite_channels(path, [("masseter_left", "EMG", "uV")])
    message = refused(path)
    assert "channel 'masseter_left' of its channels table (row 2) is not in the file" in message
    assert "frontalis_right" in message


@pytest.mark.parametrize(("place", "what"), [(256 + 15, "label"), (256 + 96 * 3 + 7, "unit")])
def test_a_control_character_in_the_header_is_shown_and_refused(tmp_path: Path, place: int, what: str) -> None:
    """Some of them are blanks to Python, and were cut off."""
    path = write_emg(tmp_path, "01", "calm")
    content = bytearray(path.read_bytes())
    content[place] = 0x1C
    path.write_bytes(content)
    message = refused(path)
    assert f"{path}: the {what} '" in message
    assert r"\x1c' of signal 1 holds a control character" in message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "row 1: the table is empty"),
        (b"name\ttype\tunits\n", "no channel of type EMG (types there: none)"),
        (b"name\ttype\tunits\nfrontalis_right\tEEG\tuV\n", "no channel of type EMG (types there: EEG)"),
        (b"name\ttype\nfrontalis_right\tEMG\n", "row 1: there is no column 'units'"),
        (b"name\ttype\tunits\nfrontalis_right\tEMG\t\xb5V\n", "row 2: not UTF-8"),
        (
            b"name\ttype\tunits\nA_left\tEMG\tuV\nLeftA\tEMG\tuV\n",
            "row 3: channel 'LeftA' is the same as that of row 2",
        ),
        (b"name\ttype\tunits\n???\tEMG\tuV\n", "row 2: channel name '???' has neither letters nor digits"),
    ],
)
def test_a_broken_channels_table_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = write_emg(tmp_path, "01", "calm")
    Path(str(path).replace("_emg.edf", "_channels.tsv")).write_bytes(content)
    message = refused(path)
    assert says in message
    assert "sub-01_task-calm_channels.tsv" in message


def test_a_recording_without_channels_table_is_refused(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    Path(str(path).replace("_emg.edf", "_channels.tsv")).unlink()
    assert "has no channels table; add" in refused(path)


@pytest.mark.parametrize("extension", [".edf", ".bdf"])
@pytest.mark.parametrize("keep", [0, 100, 600, -1, -3000])
def test_a_truncated_file_is_refused_and_named(tmp_path: Path, extension: str, keep: int) -> None:
    path = write_emg(tmp_path, "01", "calm", extension=extension)
    path.write_bytes(path.read_bytes()[:keep])
    message = refused(path)
    assert str(path) in message
    assert ("truncated" if keep < 0 else "no complete EDF or BDF header") in message


def test_a_file_longer_than_its_header_says_is_refused(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    path.write_bytes(path.read_bytes() + b"xx")
    assert "bytes where its header announces" in refused(path)


def patch(path: Path, offset: int, text: str, width: int = 8) -> None:
    content = bytearray(path.read_bytes())
    content[offset : offset + width] = text.ljust(width).encode()
    path.write_bytes(bytes(content))


def test_a_file_that_was_never_closed_is_refused(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    patch(path, 236, "-1")
    assert "was never closed" in refused(path)


def test_a_file_without_samples_is_refused(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    patch(path, 236, "0")
    path.write_bytes(path.read_bytes()[: 256 * 4])
    assert f"{path} holds no samples" in refused(path)


def test_a_discontinuous_file_is_refused(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    signals = [
        edfio.EdfSignal(row, 200, label=n[:16], physical_dimension="uV")
        for n, row in zip(CHANNELS, noise(1), strict=True)
    ]
    edf = edfio.Edf(signals, annotations=[edfio.EdfAnnotation(1, None, "x")])
    edf.write(path)
    assert samples(read_emg(str(path))).shape == (3, 2000)
    content = path.read_bytes()
    assert content.count(b"+5\x14\x14\x00") == 1
    path.write_bytes(content.replace(b"+5\x14\x14\x00", b"+7\x14\x14\x00").replace(b"EDF+C", b"EDF+D"))
    assert "is discontinuous (EDF+D)" in refused(path)


@pytest.mark.parametrize("place", ["minimum", "maximum"])
def test_values_that_are_no_numbers_are_refused_with_their_time(tmp_path: Path, place: str) -> None:
    """EDF holds integers, so NaN comes in by a header without a usable range."""
    path = write_emg(tmp_path, "01", "calm")
    patch(path, 256 + 104 * 3 + (0 if place == "minimum" else 24), "nan")
    message = refused(path)
    assert str(path) in message
    assert "frontalis_right" in message and "NaN" in message


def test_channels_of_two_rates_are_refused(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    rows = noise(1)
    rates = (200, 100, 200)
    edfio.Edf(
        [
            edfio.EdfSignal(row[: 10 * rate], rate, label=name[:16], physical_dimension="uV")
            for row, rate, name in zip(rows, rates, CHANNELS, strict=True)
        ]
    ).write(path)
    assert "100 Hz" in refused(path)
    assert read_emg(str(path), ("frontalis_right", "corrugator_center")).rate_hz == 200


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        ({"SamplingFrequency": 1000}, "is 1000 Hz but the file's header says 200 Hz"),
        ({"SamplingFrequency": "200"}, "SamplingFrequency '200' in its JSON is not a rate"),
        ({"SamplingFrequency": 0}, "is not a rate"),
        ({"PowerLineFrequency": "fifty"}, "PowerLineFrequency 'fifty' in its JSON is not a frequency"),
        ({"PowerLineFrequency": -50}, "is not a frequency"),
    ],
)
def test_metadata_that_cannot_be_right_is_refused(tmp_path: Path, meta: dict[str, Any], says: str) -> None:
    path = write_emg(tmp_path, "01", "calm", meta=meta)
    message = refused(path)
    assert says in message
    assert str(path) in message


@pytest.mark.parametrize("value", ["n/a", None])
def test_mains_may_be_unknown(tmp_path: Path, value: object) -> None:
    path = write_emg(tmp_path, "01", "calm", meta={"PowerLineFrequency": value, "SamplingFrequency": 200.001})
    assert read_emg(str(path)).mains_hz is None


def test_nothing_raw_is_opened_for_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [
        write_emg(tmp_path, "01", "calm", extension=e, entities=f"_run-{i}") for i, e in enumerate((".edf", ".bdf"))
    ]
    modes: list[str] = []
    true_open = builtins.open

    def spying(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        modes.append(mode)
        return true_open(file, mode, *rest, **more)

    monkeypatch.setattr(builtins, "open", spying)
    monkeypatch.setattr(io, "open", spying)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    for path in paths:
        samples(read_emg(str(path)))
    monkeypatch.undo()
    assert modes
    assert not [mode for mode in modes if set(mode) & set("wax+")]
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_read_only_dataset_can_be_read(tmp_path: Path) -> None:
    path = write_emg(tmp_path, "01", "calm")
    for file in path.parent.iterdir():
        file.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        assert samples(read_emg(str(path))).shape == (3, 2000)
    finally:
        path.parent.chmod(0o755)
