"""Which build of torch `make` installs: never one with CUDA unless somebody agreed."""

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BUILD = runpy.run_path(str(Path(__file__).resolve().parents[2] / "envs" / "torch_build.py"))
NAMED = [f"torch=={BUILD['locked']()}"]


def package(name: str) -> dict[str, Any]:
    return {"metadata": {"name": name}, "download_info": {"url": f"file:///nowhere/{name}.whl"}}


PLAIN = [package("torch"), package("numpy")]
CUDA = [*PLAIN, package("nvidia-cublas"), package("cuda-bindings"), package("triton")]


def chosen(wanted: str, index: list | None, cpu_index: list | None) -> tuple[list[str], str]:
    return BUILD["choose"](wanted, lambda arguments: cpu_index if "--index-url" in arguments else index)


def test_an_index_without_cuda_is_taken_as_it_is() -> None:
    assert chosen("cpu", PLAIN, None) == (NAMED, "")


def test_a_cpu_build_is_taken_from_pytorch_where_the_index_has_cuda() -> None:
    assert chosen("cpu", CUDA, [package("torch")]) == ([*NAMED, *BUILD["CPU_INDEX"]], "")


def test_the_cpu_build_is_found_where_the_index_has_no_torch() -> None:
    assert chosen("cpu", None, [package("torch")]) == ([*NAMED, *BUILD["CPU_INDEX"]], "")


@pytest.mark.parametrize("index", [PLAIN, CUDA])
def test_the_gpu_build_is_the_index_s_own(index: list) -> None:
    assert chosen("cuda", index, [package("torch")]) == (NAMED, "")


def test_nothing_large_is_downloaded_before_somebody_agreed() -> None:
    arguments, question = chosen("cpu", CUDA, None)
    assert arguments == NAMED and "3 packages for GPUs (several GB in all)" in question


def test_without_a_terminal_it_stops_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main = BUILD["main"]
    monkeypatch.setitem(main.__globals__, "choose", lambda wanted: (NAMED, "It is large."))
    monkeypatch.setitem(main.__globals__, "version", lambda name: "0.1")
    monkeypatch.setattr(sys, "argv", ["torch_build.py"])
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert main() == 1
    assert "It is large. To download them, add TORCH=cuda" in capsys.readouterr().out


def test_an_installed_build_stays(repository: Path) -> None:
    pytest.importorskip("torch")
    assert subprocess.run([sys.executable, repository / "envs/torch_build.py"]).returncode == 0
