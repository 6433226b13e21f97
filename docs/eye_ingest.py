"""How fast eye images are read, beside a plain Pillow loop, and how much memory many of them take.

    python docs/eye_ingest.py [images] [--threads N]      images a second of both, taken in turns
    python docs/eye_ingest.py --memory 50000              peak memory for a tenth, two fifths and all of so many images

Every image is another one; they are made in a temporary folder. The loop decodes and resizes, no more; the stage also
reads and checks the index, hashes every file, measures quality, pairs both eyes and writes its tables.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

REPEATS = 5
SIZE = (32, 32)
MAKE = 500


def make_pngs(root: Path, images: int, pixels: int) -> None:
    """A dataset of one person with ``images`` PNG files of ``pixels`` x ``pixels``, left and right in turn."""
    from PIL import Image

    folder = root / "sourcedata" / "sub-01" / "eye"
    folder.mkdir(parents=True)
    rows = ["file\tframe\ttime\teye\tlabel"]
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:pixels, :pixels] / pixels
    for number in range(images):
        frame, eye = number // 2, "left" if number % 2 == 0 else "right"
        noise = rng.integers(0, 8, (pixels, pixels))
        image = 110 + 60 * np.sin(5 * x + frame / 50) * np.cos(4 * y) + noise
        name = f"{eye}_{frame:06d}.png"
        Image.fromarray(image.astype(np.uint8)).save(folder / name)
        label = ("neutral", "smile")[frame // 100 % 2]
        rows.append(f"{name}\t{frame}\t{frame / 10:.1f}\t{eye}\t{label}")
    (folder / "sub-01_task-calibration_eye.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def make_stacks(root: Path, images: int) -> None:
    """A dataset of one person with ``images`` in TIFF stacks of 500 pages, one eye a stack."""
    from PIL import Image

    folder = root / "sourcedata" / "sub-01" / "eye"
    folder.mkdir(parents=True)
    rows = ["file\tframe\ttime\teye\tlabel"]
    rng = np.random.default_rng(1)
    for stack in range(0, images // 2, MAKE):
        pages = range(stack, min(stack + MAKE, images // 2))
        for eye in ("left", "right"):
            made = [Image.fromarray(rng.integers(60, 190, (48, 48), dtype=np.uint8)) for _ in pages]
            name = f"{eye}_{stack:06d}.tif"
            made[0].save(folder / name, save_all=True, append_images=made[1:])
            rows += [f"{name}\t{page - stack}\t{page / 10:.1f}\t{eye}\tneutral" for page in pages]
    (folder / "sub-01_task-calibration_eye.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def job(root: Path, threads: int = 1) -> Callable[[], None]:
    """The stage's job for the one person of the dataset ``root``, ready to be run."""
    from myoscene.config.check import complete
    from myoscene.core.settings import from_plain
    from myoscene.eyes.prepare import EyeSource, prepare_eyes
    from myoscene.eyes.selection import select_eyes
    from myoscene.eyes.settings import EyesSettings
    from myoscene.recordings.selection import select
    from myoscene.recordings.settings import RecordingsSettings

    given = {
        "recordings": {"input": "eyes", "dataset": str(root), "ratings": {"source": "none"}},
        "learn": {"models": []},
        "scenes": {"models": []},
    }
    config = complete(given)
    eyes = config["eyes"]
    sections = from_plain(RecordingsSettings, config["recordings"]), from_plain(EyesSettings, eyes)
    found = select_eyes(*sections, select(config["recordings"]))
    source = {
        "raw": found.raw_files["01"],
        "participant": "01",
        "dataset": str(root),
        "emg_recordings": None,
        "scene_recordings": [],
        "scene_tasks": [],
        "left_out": [],
        "cameras": found.cameras["01"],
        "offset_s": 0.0,
        "labels": {
            "classes": config["recordings"]["classes"],
            **{name: eyes[name] for name in ("neutral", "closed", "ignore_labels")},
        },
        "synthetic": True,
        "quality": {name: limit for name, limit in eyes["quality"].items() if name != "identical"},
        **{name: eyes[name] for name in ("frames", "personalise")},
    }
    paths = [root / name for name in ("frames.parquet", "images.npy", "neutrals.npy")]
    return partial(prepare_eyes, from_plain(EyeSource, source), None, *paths, threads=threads)


def plain_loop(root: Path) -> np.ndarray:
    """What one would write first: all images, decoded and resized by Pillow, in one array."""
    from PIL import Image

    files = sorted(root.rglob("*.png"))
    images = np.empty((len(files), *SIZE), np.uint8)
    for number, file in enumerate(files):
        images[number] = np.asarray(Image.open(file).convert("L").resize(SIZE))
    return images


def speed(images: int, threads: int) -> None:
    """Print images a second of both, for small and for larger images."""
    print("| images | pixels | stage `eyes`, images/s | plain Pillow loop, images/s | ratio, median (range) |")
    print("|---|---|---|---|---|")
    for pixels in (64, 200):
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            make_pngs(root, images, pixels)
            prepare = job(root, threads)
            prepare(), plain_loop(root)  # once, so that both find the files in the system's cache
            taken: list[tuple[float, float]] = []
            for _ in range(REPEATS):
                start = time.perf_counter()
                prepare()
                between = time.perf_counter()
                plain_loop(root)
                taken.append((between - start, time.perf_counter() - between))
        ours, plain = (images / median(column) for column in zip(*taken, strict=True))
        ratios = sorted(b / a for a, b in taken)
        print(
            f"| {images} | {pixels} x {pixels} | {ours:.0f} | {plain:.0f} | "
            f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |",
            flush=True,
        )


def memory(images: int) -> None:
    """Print the peak memory of the job for a tenth, two fifths and all of ``images``."""
    print("| images | image store, MB | the same as float32, MB | peak memory of the job, MB |")
    print("|---|---|---|---|")
    for number in (images // 10, images * 2 // 5, images):
        with tempfile.TemporaryDirectory() as folder:
            make_stacks(Path(folder), number)
            # A process of its own: peak memory never falls again.
            command = [sys.executable, __file__, "--peak", folder]
            peak = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            store = (Path(folder) / "images.npy").stat().st_size / 1e6
        print(f"| {number} | {store:.1f} | {4 * store:.1f} | {peak:.0f} |", flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="?", type=int, default=3000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--memory", type=int, metavar="IMAGES")
    parser.add_argument("--peak", metavar="DATASET", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peak:
        job(Path(given.peak))()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
    elif given.memory:
        memory(given.memory)
    else:
        speed(given.images, given.threads)


if __name__ == "__main__":
    main()
