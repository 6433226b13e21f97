"""Install the locked torch, as a build for the CPU unless asked otherwise, before the rest of the environment.

On Linux, PyPI's torch brings CUDA libraries of several GB, which only `execution.device: cuda` needs. So the package
index that pip is set up with is asked first: where its torch needs no such library, that one is taken. Else PyTorch's
own index of CPU builds; where that cannot be reached either, nothing is downloaded before somebody agreed.
"""

import argparse
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
# https://pytorch.org/get-started/locally
CPU_INDEX = ["--index-url", "https://download.pytorch.org/whl/cpu", "--no-deps"]
GPU_PARTS = ("nvidia-", "cuda-", "triton")
Report = Callable[[list[str]], list[dict] | None]


def locked() -> str:
    """The version of torch in the lock file."""
    return next(line.split("==")[1].strip() for line in LOCK.read_text().splitlines() if line.startswith("torch=="))


def pip_report(arguments: list[str]) -> list[dict] | None:
    """What pip would install, from metadata alone; None where it finds nothing or cannot reach the index."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--disable-pip-version-check"]
    # Not the installed ones: what counts is what the index has.
    command += ["--ignore-installed", "--retries", "1", "--timeout", "10", "--report", "-", *arguments]
    found = subprocess.run(command, capture_output=True, text=True)
    return json.loads(found.stdout)["install"] if found.returncode == 0 else None


def megabytes(packages: list[dict]) -> float | None:
    """Size of these downloads, None where the index does not say."""
    total = 0
    for package in packages:
        try:
            request = urllib.request.Request(package["download_info"]["url"], method="HEAD")
            with urllib.request.urlopen(request, timeout=10) as answer:
                total += int(answer.headers["Content-Length"])
        except (OSError, ValueError, TypeError):
            return None
    return total / 1e6


def gpu_parts(packages: list[dict]) -> list[dict]:
    """Those of the packages that only a GPU needs."""
    return [package for package in packages if package["metadata"]["name"].lower().startswith(GPU_PARTS)]


def choose(wanted: str, report: Report = pip_report) -> tuple[list[str], str]:
    """What pip is to be told to install, and what to say before it is downloaded ("" for nothing worth a question)."""
    named = [f"torch=={locked()}"]
    packages = report(named)
    if wanted == "cuda" or (packages is not None and not gpu_parts(packages)):
        return named, ""
    if report([*named, *CPU_INDEX]):
        return [*named, *CPU_INDEX], ""
    if packages is None:
        return named, ""  # pip says itself what is wrong
    size = megabytes(packages)
    told = f"{size / 1000:.1f} GB" if size else "several GB"
    return named, (
        f"Torch {locked()} of your package index comes with {len(gpu_parts(packages))} packages for GPUs ({told} "
        "in all), which only `execution.device: cuda` needs, and PyTorch's index of CPU builds cannot be reached."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--build", choices=("cpu", "cuda"), default="cpu", help="cuda: the index's own (default: cpu)")
    wanted = parser.parse_args().build
    try:
        have = version("torch")
    except PackageNotFoundError:
        have = ""
    of_cpu = have.endswith("+cpu")
    if have.split("+")[0] == locked() and not (wanted == "cuda" and of_cpu):
        return 0
    arguments, question = choose(wanted)
    if question:
        if not sys.stdin.isatty():
            print(f"{question} To download them, add TORCH=cuda to the command; or install a CPU build yourself first.")
            return 1
        if input(f"{question} Download them? [y/N] ").strip().lower() not in ("y", "yes"):
            return 1
    again = ["--force-reinstall", "--no-deps"] if of_cpu else []
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    return subprocess.run([*command, *again, *arguments]).returncode


if __name__ == "__main__":
    sys.exit(main())
