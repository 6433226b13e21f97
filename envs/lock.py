"""Write requirements.lock and the environment files from the packages installed in the running environment.

The lock file pins every package, direct or not. The environment files of ``envs/`` pin the part of it that the
rules need, for runs with ``--software-deployment-method conda``.
"""

import re
from importlib.metadata import distribution, distributions
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
LOCK = ROOT / "requirements.lock"
SIGNALS = ("edfio", "jinja2", "matplotlib", "numpy", "pandas", "pillow", "pyarrow", "pyyaml", "safetensors",
           "scikit-learn", "scipy")  # fmt: skip
ENVIRONMENTS = {"signals": SIGNALS, "torch": (*SIGNALS, "torch")}
_NOT_PINNED = {"pip", "wheel", "myoscene"}
# These extras are pinned in a lock of their own, and may be installed here.
_EXTRAS = [ROOT / f"requirements-{name}.lock" for name in ("slurm", "face", "restore")]


def normal(name: str) -> str:
    """Package name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def public(version: str) -> str:
    """Version without its local part: which build of torch is taken is the installing machine's business."""
    return version.split("+")[0]


def installed() -> dict[str, str]:
    """Every installed distribution and its version."""
    found = {normal(d.metadata["Name"]): public(d.version) for d in distributions()}
    left_out = _NOT_PINNED | {normal(name) for extra in _EXTRAS for name in read_lock(extra)}
    return {name: version for name, version in sorted(found.items()) if name not in left_out}


def lock_text(packages: dict[str, str]) -> str:
    """The lock file's text."""
    head = "# Every package of the environment, pinned. Written by `make lock`; Python 3.11 to 3.14.\n"
    return head + "".join(f"{name}=={version}\n" for name, version in packages.items())


def environment_text(name: str, packages: dict[str, str]) -> str:
    """One environment file's text."""
    lines = [f"# Software of the rules that name envs/{name}.yaml. Written by `make lock` from requirements.lock."]
    lines += ["channels:", "  - conda-forge", "dependencies:", "  - python>=3.11,<3.15", "  - pip", "  - pip:"]
    lines += [f"      - {package}=={packages[package]}" for package in ENVIRONMENTS[name]]
    return "\n".join(lines) + "\n"


def read_lock(path: Path = LOCK) -> dict[str, str]:
    """A lock file's packages and versions."""
    pins = [line.split("==") for line in path.read_text().splitlines() if "==" in line]
    return dict(pins)


if __name__ == "__main__":
    distribution("torch")  # the lock without torch would be half a lock
    LOCK.write_text(lock_text(installed()))
    for environment in ENVIRONMENTS:
        (FOLDER / f"{environment}.yaml").write_text(environment_text(environment, read_lock()))
    print(f"wrote {LOCK.name} and {', '.join(f'envs/{name}.yaml' for name in ENVIRONMENTS)}")
