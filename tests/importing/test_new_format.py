"""What a format costs: one file in ``formats``; nothing else names it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from importing.import_sources import write_mapping
from myoscene.importing import formats

DUMMY = '''"""Recordings as lines of numbers."""

import numpy as np
import pandas as pd

from myoscene.importing.table import SourceTable

ORDER = 6


def read(path, shown, mapping):
    return SourceTable(shown, pd.DataFrame({"x": np.loadtxt(path)}), rate_hz=100.0, units={"x": "mV"})
'''
SCHEMA = "from myoscene.importing.mapping import schema; import json; print(json.dumps(schema()))"


def test_a_format_costs_one_file_and_nothing_else(tmp_path: Path, repository: Path) -> None:
    package = tmp_path / "workflow_scripts"
    shutil.copytree(repository / "workflow_scripts", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "myoscene/importing/formats/dummy.py").write_text(DUMMY)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/p1_rest.txt").write_text("".join(f"{0.5 if i % 2 else -0.25}\n" for i in range(300)))

    def python(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": str(package)}
        return subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment
        )

    known = json.loads(python("-c", SCHEMA).stdout)["$defs"]["Source"]["properties"]["format"]["enum"]
    assert known == ["delimited", "matlab", "xdf", "edf", "emteqpro", "dummy"] == [*formats.NAMES, "dummy"]
    source = {"format": "dummy", "files": "{participant}_{task}.txt"}
    done = python("-m", "myoscene.cli", "import", "--mapping", write_mapping(tmp_path, {"source": source}),
                  tmp_path / "src", tmp_path / "out")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out/sub-p1/emg/sub-p1_task-rest_emg.bdf").is_file()
    wrong = write_mapping(tmp_path, {"source": source | {"format": "dumy"}})
    done = python("-m", "myoscene.cli", "import", "--mapping", wrong, tmp_path / "src", tmp_path / "other")
    assert "'source.format': 'dumy' has to be one of delimited, matlab, xdf, edf, emteqpro, dummy" in done.stderr


def test_the_names_of_formats_load_no_format() -> None:
    code = "import sys; import myoscene.importing.formats; print([m for m in sys.modules if m in ('numpy', 'pandas')])"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
