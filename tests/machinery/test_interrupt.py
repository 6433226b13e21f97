"""Ctrl-C in a job: it ends, and prints no traceback."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from myoscene.machinery.workflow import hold_interrupts
from snakemake.shell import shell

JOB = """
import sys, time
from pathlib import Path
if "held" in sys.argv:  # as Python and Snakemake's lines above a script load
    open("began", "w").close()
    while not Path("interrupted").exists():
        time.sleep(0.05)
from types import SimpleNamespace
from myoscene.machinery.job import job
given = SimpleNamespace(rule="a_rule", log=["logs/a.log"], threads=1, input={}, output={}, params={}, wildcards={})
with job(given):
    open("began", "w").close()
    time.sleep(60)
"""


def heed() -> None:
    # A test run that a script starts in the background ignores interrupts, and hands that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def heed_later() -> None:
    heed()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


@pytest.mark.parametrize("when", ["at work", "held"])
def test_an_interrupted_job_prints_no_traceback(when: str, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", JOB, when], cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        preexec_fn=heed_later if when == "held" else heed,
    )  # fmt: skip
    until = time.monotonic() + 30
    while not (tmp_path / "began").exists():
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    (tmp_path / "interrupted").touch()
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 128 + signal.SIGINT
    assert said == "" and (when == "held" or "Traceback" not in (tmp_path / "logs/a.log").read_text())


def test_jobs_are_started_with_interrupts_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "_process_args", {"executable": shell._process_args["executable"]})
    code = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    ask = f"{sys.executable} -c '{code}'"
    assert shell(ask, read=True).strip() == "False"
    hold_interrupts(shell)
    assert shell(ask, read=True).strip() == "True"
