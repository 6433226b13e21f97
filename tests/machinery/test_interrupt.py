"""Ctrl-C in a job: it ends, and prints no traceback."""

import signal
import subprocess
import sys
import time
from pathlib import Path

JOB = """
import sys, time
from types import SimpleNamespace
from myoscene.machinery.job import job
given = SimpleNamespace(rule="a_rule", log=["logs/a.log"], threads=1, input={}, output={}, params={}, wildcards={})
with job(given):
    open("began", "w").close()
    time.sleep(60)
"""


def test_an_interrupted_job_prints_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", JOB], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        # A test run that a script starts in the background ignores interrupts, and hands that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    until = time.monotonic() + 30
    while not (tmp_path / "began").exists():
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 128 + signal.SIGINT
    assert said == "" and "Traceback" not in (tmp_path / "logs/a.log").read_text()
