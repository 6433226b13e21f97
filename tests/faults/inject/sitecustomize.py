"""Python reads this file at its start where its folder is on PYTHONPATH, and the forks of the warm process do
(tests/workflow/warm/): faults inside the jobs of a test's workflow.

``FAULT`` is JSON: ``rule``, the rule in whose script it happens; ``write``, at which of its writes (each ends with an
fsync before the file gets its name; from 1); ``do``: ``kill`` the job, ``kill all`` of the workflow (the process
group), or ``wait`` until the file ``until`` exists; ``once``, a file that is made when it happens, and stops it from
happening again; ``cut``, to leave only half of what was written. The product knows nothing of this.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

_FAULT = json.loads(os.environ.get("FAULT", "{}"))


def _install(fault: dict) -> None:
    fsync = os.fsync
    writes = 0

    def faulty(descriptor: int) -> None:
        nonlocal writes
        writes += 1
        if writes == fault["write"] and not Path(fault["once"]).exists():
            Path(fault["once"]).touch()
            if fault.get("cut"):
                path = Path(f"/proc/self/fd/{descriptor}").readlink()
                os.truncate(path, path.stat().st_size // 2)
            if fault["do"] == "wait":
                while not Path(fault["until"]).exists():
                    time.sleep(0.05)
            else:
                if fault["do"] == "kill all":
                    os.killpg(int(os.environ.get("WARM_GROUP", 0)), signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
        fsync(descriptor)

    os.fsync = faulty


# Snakemake runs a copy of a script that is called .snakemake/scripts/tmp*.SCRIPT.py; a script is called like its rule,
# but for the one that trains.
if _FAULT and any(word.endswith(f".{_FAULT['rule'].replace('train_network', 'train')}.py") for word in sys.orig_argv):
    _install(_FAULT)
