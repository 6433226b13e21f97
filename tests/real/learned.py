"""Whether everybody's recordings were learnt from with this code: ``learned.py`` fails where not; ``--write`` notes it.

The digest in learned.sha256 is of what networks are trained by: the rooms learn, pipeline and eyes, and the examples'
configurations. `make test-all` writes it when all its tests passed; continuous integration runs `make test-all` where
it is another one.
"""

import hashlib
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CODE = ("workflow_scripts/myoscene/learn", "workflow_scripts/myoscene/pipeline", "workflow_scripts/myoscene/eyes")
NOTED = Path(__file__).with_name("learned.sha256")


def digest() -> str:
    """SHA-256 of the names and contents of all those files."""
    files = [path for folder in CODE for path in (REPOSITORY / folder).rglob("*.py")]
    files += (REPOSITORY / "config/examples").rglob("*.yaml")
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(
            f"{path.relative_to(REPOSITORY).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return found.hexdigest()


def main(words: list[str]) -> int:
    if not (REPOSITORY.parent / "shared/data").is_dir():
        print("the public recordings of ../shared/data are not on this machine: nothing to learn from")
        return 0
    if words == ["--write"]:
        NOTED.write_text(digest() + "\n")
        return 0
    return int(not NOTED.is_file() or NOTED.read_text().strip() != digest())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
