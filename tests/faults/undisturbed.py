"""A small cohort run without any fault, and what the runs with faults are compared with."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from workflow.workspace import SMALL, Workspace, run_warm

INJECT = Path(__file__).parent / "inject"
# Three people, a network of one epoch, eye images without a network on them: every stage, and few jobs.
CONFIG = {
    **SMALL,
    "learn": {**SMALL["learn"], "models": ["cnn_tcn"], "cnn_tcn": {"epochs": 2, "members": 1}},
    "eyes": {"frames": {"height_px": 16, "width_px": 16}},
    "statistics": {**SMALL["statistics"], "permutations": 100, "bootstrap": 100},
}
# The stages, with the rule in which each one is struck: in an order in which each is still to come at its turn.
STRUCK = {
    "recordings": "describe_participant",
    "eyes": "prepare_eyes",
    "emg": "extract_features",
    "learn": "train_network",
    "scenes": "predict_scenes",
    "statistics": "tlx_associations",
    "report": "make_page",
}


class Disturbed(Workspace):
    """A workspace whose jobs can be struck, in a process group of its own."""

    def start(self, *arguments: str, fault: dict | None = None, shell: str | None = None) -> subprocess.Popen[str]:
        """Start Snakemake here.

        Args:
            fault: see ``inject/sitecustomize.py``; ``once`` is filled in.
            shell: a script in which ``"$@"`` is the call, run in a mount namespace of its own.
        """
        command, environment = self._call(arguments, fault)
        if shell is not None:
            command = ["unshare", "--mount", "--propagation", "private", "bash", "-ec", shell, "bash", *command]
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def _call(self, arguments: tuple[str, ...], fault: dict | None) -> tuple[list[str], dict[str, str]]:
        self.configure()
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("SNAKEMAKE", "PYTEST"))}
        if fault is not None:
            mark = self.folder / f"struck_{fault['rule']}"
            environment["FAULT"] = json.dumps({"write": 1, "once": str(mark), **fault})
            paths = [str(INJECT), environment.get("PYTHONPATH", "")]
            environment["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(self.workflow / "Snakefile"), "--cores", "2"]
        command += ["--configfile", "my.yaml", "--quiet", "rules", "--nocolor", *arguments]
        return command, environment

    def struck(
        self, *arguments: str, fault: dict | None = None, shell: str | None = None, cold: bool = False
    ) -> tuple[int, str]:
        """Exit code (negative: the signal that ended it) and output of :meth:`start`.

        In forks of the warm process, unless there is a ``shell`` or each job shall have a Python of its own (``cold``).
        """
        if self.is_warm and not cold and shell is None:
            command, environment = self._call(arguments, fault)
            return run_warm(command[1:], self.folder, environment)
        process = self.start(*arguments, fault=fault, shell=shell)
        try:
            output = process.communicate()[0]
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        return process.returncode, output

    def quietly(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output of a run that nothing strikes, in the warm process."""
        done = self.snakemake(*arguments, "--quiet", "rules", check=False)
        return done.returncode, done.stdout

    def delete(self, *names: str) -> None:
        """Delete these results, so that the rules that make them have to run."""
        for name in names:
            (self.results / name).unlink()

    def copy(self, folder: Path) -> "Disturbed":
        """A copy, times and links included, that a test may change, with the same workflow."""
        shutil.copytree(self.folder, folder / self.folder.name, symlinks=True)
        return Disturbed(folder / self.folder.name, self.workflow, dict(self.config))


def content(results: Path) -> dict[str, str]:
    """Digest of every file under ``results`` except logs, benchmarks and Snakemake's records; by name."""
    found = {}
    for path in sorted(results.rglob("*")):
        relative = path.relative_to(results)
        if path.is_file() and relative.parts[0] not in ("logs", "benchmarks", ".snakemake"):
            found[str(relative)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def assert_undisturbed(workspace: Workspace, finished: Workspace) -> None:
    """Every result byte for byte that of the run without a fault, and nothing left over."""
    expected, found = content(finished.results), content(workspace.results)
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []
    assert len(expected) > 60
    assert not list(workspace.results.rglob("*.partial"))
