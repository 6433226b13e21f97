"""The warm process of the tests: what runs in a fork of it ends, and is ended, as a Python of its own would be."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workflow.workspace import WARM, run_warm, warm_process

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the warm process needs Linux")


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """Where Snakemake puts jobs' scripts."""
    folder = tmp_path / ".snakemake/scripts"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("print('done')", 0, "done\n"),
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('a sentence')", 1, "a sentence\n"),
        ("raise KeyError('lost')", 1, "KeyError: 'lost'\n"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
        ("import os; print(os.environ['A'], os.path.basename(os.getcwd()), __name__)", 0, "b scripts __main__\n"),
    ],
)
def test_a_script_ends_as_it_does_in_a_python_of_its_own(scripts: Path, line: str, code: int, said: str) -> None:
    (scripts / "a.py").write_text(line)
    words = [str(scripts / "a.py")]
    environment = {**os.environ, "A": "b"}
    as_a_job = {**environment, "WARM": warm_process(), "PYTHONPATH": str(WARM)}
    cold, job = (
        subprocess.run([sys.executable, *words], cwd=scripts, env=each, capture_output=True, text=True, check=False)
        for each in (environment, as_a_job)
    )
    warm = run_warm(words, scripts, environment)
    assert warm[0] == cold.returncode == job.returncode == code
    assert job.stdout == cold.stdout
    for output in (warm[1], cold.stdout + cold.stderr, job.stdout + job.stderr):
        assert output.endswith(said)


def test_it_imports_the_package_of_its_own_path(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "myoscene").mkdir(parents=True)
        (tmp_path / name / "myoscene/__init__.py").write_text(f"NAME = {name!r}")
        (tmp_path / name / "ask.py").write_text("import myoscene, sys; print(myoscene.NAME, 'torch' in sys.modules)")
        said = run_warm([str(tmp_path / name / "ask.py")], tmp_path, {"PYTHONPATH": str(tmp_path / name)})
        assert said == (0, f"{name} True\n")


def test_what_nobody_waits_for_any_more_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text(
        "import os, subprocess, time\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "open('pids.new', 'w').write(f'{os.getpid()} {child.pid}')\n"
        "os.rename('pids.new', 'pids')\n"
        "time.sleep(600)\n"
    )
    command = "import sys; from workflow.workspace import *; run_warm(['long.py'], Path.cwd(), dict(os.environ))"
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    asking = subprocess.Popen([sys.executable, "-c", command], cwd=tmp_path, env={**os.environ, "PYTHONPATH": paths})
    while not (tmp_path / "pids").exists():
        assert asking.poll() is None
        time.sleep(0.1)
    asking.kill()
    asking.wait()
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    end = time.monotonic() + 60
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < end, "still running"
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_socket_is_this_user_s_alone() -> None:
    assert Path(warm_process()).parent.stat().st_mode & 0o077 == 0
