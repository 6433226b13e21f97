"""MATLAB files made to harm, each refused in one clear sentence."""

import struct
import zlib
from pathlib import Path

import pytest
from fuzz.hostile import refused
from myoscene.importing.formats import matlab


def test_a_matlab_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(300)) + packer.flush()
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    path.write_bytes(head + struct.pack("<II", 15, len(packed)) + packed)
    assert "grows to many times" in refused(
        path.name, lambda: matlab.read(path, path.name, {"matlab": {"variable": "x"}})
    )


def element(kind: int, data: bytes) -> bytes:
    """An element of a MATLAB file."""
    return struct.pack("<II", kind, len(data)) + data.ljust(-(-len(data) // 8) * 8, b"\0")


def matrix(sort: int, sizes: tuple[int, ...], *values: bytes) -> bytes:
    """A matrix of a MATLAB file, named x."""
    flags = element(6, struct.pack("<II", sort, 0))
    return element(14, flags + element(5, struct.pack(f"<{len(sizes)}i", *sizes)) + element(1, b"x") + b"".join(values))


NUMBERS = element(9, bytes(8))
NESTED = NUMBERS
for _ in range(3000):
    NESTED = matrix(2, (1, 1), element(5, struct.pack("<I", 1)), element(1, b"x"), NESTED)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (matrix(6, (1, 1), element(0, bytes(8))), "unknown type 0"),
        (matrix(6, (1, 1), element(10, bytes(8))), "unknown type 10"),
        (matrix(6, (1, 1)) + matrix(6, (1, 1), NUMBERS), "a matrix without values"),
        (matrix(6, (1, 1), matrix(6, (1, 1), NUMBERS)), "unknown type 14"),
        (matrix(6, (1, 1), NUMBERS[:-4]), "cut off"),
        (matrix(6, (1, 1), NUMBERS) + b"\x0e\0\0", "cut off"),
        (element(14, bytes(4)), "cut off"),
        (matrix(6, (2**30, 8), NUMBERS), "cannot reshape"),
        (matrix(6, (-1, 1), NUMBERS), "negative size"),
        (matrix(2, (1, 1), element(5, struct.pack("<I", 0)), element(1, b"x")), "cannot be read"),
        (matrix(2, (1, 1), element(5, struct.pack("<I", 1)), element(1, b"x" * 2**20), NUMBERS), "no variable 'x.y'"),
        (matrix(4, (2**30, 8), element(16, b"")), "no variable 'x.y'"),  # scipy fills as many blanks
        (matrix(1, (2**31 - 1, 1), matrix(6, (1, 1), NUMBERS)), "no variable 'x.y'"),
        (NESTED, "cannot be read"),
    ],
)
@pytest.mark.parametrize("squeezed", [False, True])
def test_a_matlab_file_that_says_what_is_not_so_is_refused(
    tmp_path: Path, content: bytes, says: str, squeezed: bool
) -> None:
    """Scipy's compiled parser trusts what a file announces: some of these crash it, some fill the memory."""
    path = tmp_path / "a.mat"
    packed = zlib.compress(content)
    content = struct.pack("<II", 15, len(packed)) + packed if squeezed else content
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + content)
    assert says in refused(path.name, lambda: matlab.read(path, path.name, {"matlab": {"variable": "x.y"}}))
