"""Fuzzing what people write in YAML: configurations, the importer's mappings, the file of headsets."""

import math
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from fuzz import mutations
from fuzz.engine import fuzz
from fuzz.mutations import change_tree
from importing.import_sources import text_mapping
from jsonschema import Draft202012Validator
from myoscene.config.check import complete, load
from myoscene.config.sections import json_schema
from myoscene.eyes.rectify import Cameras, read_headsets
from myoscene.importing.mapping import load_mapping, schema

Record = Callable[[str, object], None]


# What is written by libyaml, and each text parsed once: both take longer than all that is tested. (libyaml does not
# read here: 60,000 brackets end the process.)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
parsed = lru_cache(maxsize=2)(yaml.safe_load)


def _tree(data: bytes, where: int, what: int) -> bytes:
    """A YAML file with one node replaced, removed, repeated or renamed; what is not YAML stays."""
    try:
        tree = change_tree(parsed(data), where, what)
        try:
            return yaml.dump(tree, Dumper=DUMPER, allow_unicode=True).encode()
        except UnicodeEncodeError:  # half a character, which libyaml does not write
            return yaml.safe_dump(tree, allow_unicode=True).encode()
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError):
        return data


def comments(data: bytes) -> bytes:
    """A comment at the end of every line."""
    return data.replace(b"\n", b"  # a comment\n")


CHANGES = (*mutations.TEXT, *(_tree,) * 8)
NEUTRAL = (comments, mutations.crlf, mutations.byte_order_mark, mutations.blank_lines)


def numbers_of(node: Any) -> list[float]:
    """All numbers in a tree."""
    if isinstance(node, dict):
        return [number for value in node.values() for number in numbers_of(value)]
    if isinstance(node, list):
        return [number for value in node for number in numbers_of(value)]
    return [node] if isinstance(node, int | float) else []


def test_fuzz_configuration(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "my.yaml"
    changes = {
        "recordings": {"dataset": "ds", "classes": ["neutral", "smile"], "exclude_participants": ["03"]},
        "emg": {"rate_hz": 500, "filters": {"low_cut_hz": 20.0, "high_cut_hz": 200}, "windows": {"length_s": 0.4}},
        "learn": {"models": ["lda", "cnn_tcn"], "cnn_tcn": {"epochs": 3, "dilations": [1, 2, 4]}},
    }
    validator = Draft202012Validator(json_schema())

    def read(data: bytes) -> dict[str, Any]:
        path.write_bytes(data)
        try:
            return complete(load(path))
        except Exception as error:
            # Faults of values are told by their key: which of several files had it is not known any more.
            if type(error).__name__ == "InputError" and "'my.yaml'" not in str(error):
                assert any(key in str(error) for key in ("configuration key", "recordings", "emg", "learn", "my.yaml"))
                raise type(error)(f"my.yaml: {error}") from None
            raise

    def check(data: bytes, config: dict[str, Any]) -> None:
        assert validator.is_valid(config)
        assert all(math.isfinite(number) for number in numbers_of(config))

    fuzz(
        "configuration (YAML)", [yaml.safe_dump(changes, sort_keys=False).encode()], read, changes=CHANGES,
        names=[path.name], check=check, neutral=NEUTRAL, record=record_property,
    )  # fmt: skip


def test_fuzz_mapping(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "mapping.yaml"
    text = {"dataset": {"name": "Made up"}} | text_mapping(identifiers={"task": {"value": "cal"}})
    images = {
        "dataset": {"name": "Made up", "synthetic": True},
        "images": {
            "files": "{participant}/{label}_{frame}_{eye}.png",
            "labels": {"values": {"1": "smile"}},
            "rate_hz": 10,
        },
    }
    validator = Draft202012Validator(schema())

    def read(data: bytes) -> dict[str, Any]:
        path.write_bytes(data)
        return load_mapping(path)

    def check(data: bytes, mapping: dict[str, Any]) -> None:
        assert validator.is_valid(mapping)
        assert all(math.isfinite(number) for number in numbers_of(mapping))

    fuzz(
        "importer mapping (YAML)", [yaml.safe_dump(c, sort_keys=False).encode() for c in (text, images)], read,
        changes=CHANGES, names=[path.name], check=check, neutral=NEUTRAL, record=record_property,
    )  # fmt: skip


def test_fuzz_headsets(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "headsets.yaml"
    (tmp_path / "sub-01").mkdir()
    seed = (
        "headsets:\n  vive:\n    left: {crop_px: [20, 10, 180, 170], rotation_deg: 3, scale: 1.1}\n"
        "    right: {rotation_deg: -3}\n  other: {left: {}}\ndefault: other\nparticipants:\n  '01': vive\n"
    )

    def read(data: bytes) -> Cameras:
        path.write_bytes(data)
        return read_headsets(str(path), tmp_path)["01"]

    def check(data: bytes, found: Cameras) -> None:
        for eye in (found.left, found.right):
            assert math.isfinite(eye.rotation_deg) and math.isfinite(eye.scale) and eye.scale > 0
            if eye.crop_px is not None:
                left, top, right, bottom = eye.crop_px
                assert 0 <= left < right and 0 <= top < bottom
                assert all(type(edge) is int for edge in eye.crop_px)

    fuzz(
        "eye headsets (YAML)", [seed.encode()], read, changes=CHANGES, names=[path.name], check=check, neutral=NEUTRAL,
        record=record_property,
    )  # fmt: skip
