"""Whether everybody's recordings were learnt from with this code: ``learned.py`` fails where not; ``--write`` notes it.

The digest in learned.sha256 is of what networks are trained by: the code from raw files to weights, without comments
and docstrings, the values of its settings, and the examples' configurations. Not scores, scenes, statistics and the
page, which the other tests hold with six people as well. `make test-all` writes it when all its tests passed;
continuous integration runs `make test-all` where it is another one.
"""

import hashlib
import json
import sys
from pathlib import Path

from myoscene.config.sections import defaults
from myoscene.learn.models.registry import MODELS
from myoscene.machinery.provenance import versions

REPOSITORY = Path(__file__).resolve().parents[2]
# Of the scripts of rules: those that make what a training is given, and the trainings.
SCRIPTS = (
    *("condition_emg", "extract_features", "prepare_eyes", "exclude_frames", "make_folds", "collect_features"),
    *("collect_signals", "collect_eyes", "train_blinks", "train"),
)
SECTIONS = ("emg", "eyes", "learn")
NOTED = Path(__file__).with_name("learned.sha256")


def digest() -> str:
    """SHA-256 of all of that."""
    code = {part for script in SCRIPTS for part in versions(script, *(model.path for model in MODELS.values()))}
    values = {section: defaults()[section] for section in SECTIONS}
    examples = {
        path.relative_to(REPOSITORY).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (REPOSITORY / "config/examples").rglob("*.yaml")
    }
    return hashlib.sha256(json.dumps([sorted(code), values, examples], sort_keys=True).encode()).hexdigest()


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
