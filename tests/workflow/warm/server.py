"""A warm process: requests run Snakemake or a job's script in forks of it; it ends with the process that began it.

``python server.py SOCKET``, in a folder of its own that goes with it. It imports libraries and nothing of the package,
of which each run has its own copy.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import sys
import traceback
from pathlib import Path

LIBRARIES = (
    *("snakemake.cli", "snakemake.api", "snakemake.script", "nbformat", "requests", "pydantic", "jsonschema"),
    # What every call of Snakemake imports while it runs.
    *("snakemake.report.html_reporter", "snakemake.storage", "docutils.core", "docutils.parsers.rst.directives.images"),
    *("smart_open", "dpath", "yte", "platformdirs.unix", "argparse_dataclass", "pygments.formatters.html"),
    *("pydantic.dataclasses", "graphlib", "optparse", "snakemake.benchmark", "snakemake.profiles"),
    *("numpy", "pandas", "pyarrow.parquet", "pyarrow.dataset", "yaml", "PIL.Image", "jinja2", "safetensors.numpy"),
    *("scipy.io", "scipy.signal", "scipy.stats", "scipy.ndimage", "scipy.optimize", "scipy.special", "scipy.linalg"),
    *("torch", "torch.nn.functional", "torch.func", "safetensors.torch", "edfio", "statsmodels.stats.multitest"),
    *("sklearn.discriminant_analysis", "sklearn.ensemble", "sklearn.neighbors", "sklearn.svm", "sklearn.metrics"),
    *("matplotlib.figure", "matplotlib.backends.backend_svg", "matplotlib.pyplot", "PIL.ImageOps"),
    *("PIL.JpegImagePlugin", "PIL.TiffImagePlugin", "pandas.io.formats.csvs", "pandas.core.methods.to_dict"),
)


def serve(path: str) -> None:
    """Answer until standard input ends, which it does with the process that began this one, however that ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        for name in LIBRARIES:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        gc.freeze()  # what is there is there for good: no fork's collector has to look at it
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listening, 0], [], [])
            if 0 in ready:
                return
            link, _ = listening.accept()
            if not os.fork():
                listening.close()
                watch(link)
            link.close()


def watch(link: socket.socket) -> None:
    """Run one request in a process of its own, say how it ended, and kill it where nobody waits for it any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(link, 1, 3)
    about = json.loads(link.makefile().readline())
    job = os.fork()
    if not job:
        os.setpgid(0, 0)  # to be killed with whatever it starts
        link.close()
        run(about, streams)
    ended = os.pidfd_open(job)
    if link in select.select([ended, link], [], [])[0]:
        os.killpg(job, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(job, 0)[1])
    with contextlib.suppress(OSError):
        link.sendall(f"{code}\n".encode())
    os._exit(0)


def run(about: dict, streams: list[int]) -> None:
    """What ``python WORDS`` does, in this process."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(about["environment"])
    os.chdir(about["folder"])
    sys.argv = list(about["words"])
    sys.orig_argv = [sys.executable, *sys.argv]
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:] = [str(Path(sys.argv[0]).parent), *paths, *PATHS]
    for custom in (Path(path, "sitecustomize.py") for path in paths):
        if custom.parent != Path(__file__).parent and custom.is_file():
            runpy.run_path(str(custom))
    code = 0
    try:
        if sys.argv[0] == "-m":
            sys.path[0] = ""
            del sys.argv[0]
            runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    with contextlib.suppress(Exception):
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


# Without this file's folder, and what PYTHONPATH adds.
PATHS = [path for path in sys.path[1:] if path not in os.environ.get("PYTHONPATH", "").split(os.pathsep)]

if __name__ == "__main__":
    serve(sys.argv[1])
    shutil.rmtree(Path(sys.argv[1]).parent)
