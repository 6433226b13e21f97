"""How far other seeds move the scores: ``.venv/bin/python docs/seeds.py [--seeds 10]``, a Markdown table.

Trains the networks of a finished run (by default the demo's) anew with other seeds: who stops whom, initial weights,
batches, augmentation and the blink classifiers, everything that ``learn.seed`` draws. Reads the run's cohort tables and
what its cards say of the settings; its own results stay as they are. A seed takes as long as the run's networks did.
With ``--keep FOLDER`` every seed's results stay there, and what is trained there is not trained again. ``--write`` puts
the table where it belongs in docs/results.md.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from blocks import fill
from myoscene.core.settings import from_plain
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.folds import write_folds
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.checkpoint import read_card
from myoscene.learn.engine.task import Execution, Task
from myoscene.learn.models.eye_cnn.blinks import train_blinks
from myoscene.learn.models.registry import MODELS
from myoscene.learn.models.train import train_task
from myoscene.learn.scores.evaluate import EvaluateSettings, ScoreTables, evaluate_model

NETWORKS = ("cnn_tcn", "eye_cnn", "fusion_late", "fusion_joint")
TABLES = ("participants", "summary", "members", "confusion", "classes_of")


@dataclass(frozen=True)
class Measured:
    """A finished run, and which of its models are trained anew with which changes of their settings."""

    results: Path
    models: tuple[str, ...]
    changes: tuple[str, ...]  # section.key=value

    @property
    def learn(self) -> Path:
        """Where its models are."""
        return self.results / "learn"

    def cohort(self, model: str, blinks: list[Path]) -> Cohort:
        """The cohort tables that a model reads."""
        folder, kind = self.learn / "cohort", MODELS[model].kind
        eyes = (
            {"eyes": "eyes.parquet", "images": "eyes.npy", "neutrals": "eye_neutrals.npy"} if kind != "signal" else {}
        )
        windows = {"windows": "signals.parquet"} if kind != "eyes" else {}
        found = read_card(next((self.learn / model).glob("*.json")))
        n_eyes = found.images.n_eyes if found.images else 2
        files = {name: folder / file for name, file in (eyes | windows).items()}
        return Cohort(**files, blinks=blinks if eyes else [], n_eyes=n_eyes)

    def spec(self, model: str, seed: int, neutral: str | None) -> TrainingSpec:
        """What the run told its model (or its ``blinks``), with another seed."""
        told = read_card(next((self.learn / model).glob("*.json"))).spec
        section = "blinks" if model == "blinks" else MODELS[model].section
        own: dict[str, Any] = {}
        for change in self.changes:
            name, _, value = change.partition("=")
            where, _, key = name.partition(".")
            own |= {key: yaml.safe_load(value)} if where == section else {}
        return replace(told, seed=seed, settings={**told.settings, **own}, neutral=neutral, cohort=None)


def one_seed(run: Measured, seed: int, out: Path) -> float:
    """Train and score the models with ``seed`` under ``out``; processor seconds that it took."""
    start, folds = time.process_time(), out / "folds.csv"
    if all((out / model / "summary.csv").is_file() for model in run.models):
        return 0.0
    config = yaml.safe_load((run.results / "config.yaml").read_text(encoding="utf-8"))
    eyes = run.learn / "cohort" / "eyes.json"
    everybody = sorted(set(pd.read_csv(run.learn / "folds.csv", dtype=str).query("role == 'test'")["participant"]))
    complete = json.loads(eyes.read_text())["participants"] if eyes.is_file() else everybody
    settings = from_plain(FoldSettings, config["learn"]["folds"])
    out.mkdir(parents=True, exist_ok=True)
    synthetic = run.spec(run.models[0], seed, None).synthetic
    write_folds(folds, everybody, settings, seed=seed, synthetic=synthetic, complete=complete)
    names = sorted(set(pd.read_csv(folds, dtype=str)["fold"]))
    neutral, blinks = config["eyes"]["neutral"], []
    if any((run.learn / "blinks").glob("*.json")) and any(MODELS[model].kind != "signal" for model in run.models):
        said = config["eyes"]
        for fold in names:
            blinks.append(out / "blinks" / f"{fold}.parquet")
            task = Task(run.spec("blinks", seed, neutral), read_split(folds, fold), run.cohort("eye_cnn", []))
            closed = {"closed": said["closed"], **{key: said["blinks"][key] for key in ("keep_labels", "threshold")}}
            if not blinks[-1].is_file():
                train_blinks(task, blinks[-1].with_suffix(".safetensors"), blinks[-1], **closed)
    for model in run.models:
        paths = [out / model / f"{fold}.safetensors" for fold in names]
        for place, (fold, path) in enumerate(zip(names, paths, strict=True)):
            parts = {reads: out / part / f"{fold}.safetensors" for reads, part in MODELS[model].parts.items()}
            files = run.cohort(model, blinks[place : place + 1])
            task = Task(run.spec(model, seed, neutral), read_split(folds, fold), files, Execution(), parts)
            if not path.with_suffix(".json").is_file():
                train_task(task, path)
        tables = {name: out / model / f"{name}.csv" for name in TABLES}
        made = ScoreTables(predictions=out / model / "predictions.parquet", **tables)
        bins = config["learn"]["evaluation"]["calibration_bins"]
        scored = EvaluateSettings(bins, bootstrap=99, seed=seed, synthetic=synthetic)
        evaluate_model(paths, run.cohort(model, blinks), folds, made, scored, model=model)
    return time.process_time() - start


def table(folder: Path, models: tuple[str, ...]) -> str:
    """Mean, SD and range over seeds of the mean macro-F1 over held-out people."""
    names = ("model", "members", "seeds", "mean", "SD over seeds", "range", "SD over one seed's members")
    lines = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    for model in models:
        found = pd.concat([pd.read_csv(path) for path in folder.glob(f"*/{model}/summary.csv")])
        found = found[found["metric"] == "macro_f1"]
        means, alone = found["mean"], found["sd_members"].mean()
        spread = f"{means.min():.3f} to {means.max():.3f}"
        lines.append(
            f"| {model} | {found['members'].max()} | {len(means)} | {means.mean():.3f} | {means.std(ddof=1):.4f} | "
            f"{spread} | {alone:.4f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Train, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--results", type=Path, default=Path("results"), help="a finished run's results (default: results)"
    )
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 1001 on (default: 10)")
    parser.add_argument("--models", nargs="+", default=list(NETWORKS), choices=NETWORKS, help="default: all of these")
    parser.add_argument("--cores", type=int, default=1, help="seeds at a time (default: 1)")
    parser.add_argument("--keep", type=Path, help="a folder for the seeds' results (default: none are kept)")
    parser.add_argument("--write", action="store_true", help="write the table into docs/results.md")
    parser.add_argument("--set", nargs="+", default=[], metavar="SECTION.KEY=VALUE", help="e.g. eye_cnn.members=1")
    given = parser.parse_args()
    models = tuple(model for model in NETWORKS if model in given.models)
    lacking = [model for model in models if not any((given.results / "learn" / model).glob("*.json"))]
    parts = {part for model in models for part in MODELS[model].parts.values()} - set(models)
    if lacking or not (given.results / "config.yaml").is_file():
        parser.error(f"{given.results} has no {', '.join(lacking) or 'config.yaml'}: finish a run first (make run)")
    if parts:
        parser.error(f"the fusions need {', '.join(sorted(parts))}; add it to --models")
    run, seeds = Measured(given.results, models, tuple(given.set)), range(1001, 1001 + given.seeds)
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        out, start = given.keep or Path(folder), time.monotonic()
        with ProcessPoolExecutor(given.cores, mp_context=get_context("spawn")) as pool:
            jobs = {pool.submit(one_seed, run, seed, out / str(seed)): seed for seed in seeds}
            for done, job in enumerate(as_completed(jobs), 1):
                took = f"{job.result():.0f} s of processor time, {(time.monotonic() - start) / 60:.0f} min so far"
                print(f"seed {jobs[job]}: {done} of {len(seeds)} ({took})", file=sys.stderr, flush=True)
        made = table(out, models)
        print(made)
    if given.write:
        print("written:", ", ".join(fill({"seeds": made})) or "nothing")


if __name__ == "__main__":
    main()
