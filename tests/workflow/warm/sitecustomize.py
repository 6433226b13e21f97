"""Python reads this at its start where its folder is on PYTHONPATH: a job's script runs in a fork of a warm process.

``WARM`` is the socket of that process (server.py), which has imported what nearly every job imports: importing torch,
scipy and scikit-learn takes longer than the work of a small test's job. Every other Python starts as always.
"""

import os
import sys


def _run_warm(path: str) -> None:
    import json
    import signal
    import socket
    from pathlib import Path

    with socket.socket(socket.AF_UNIX) as link:
        link.connect(path)
        socket.send_fds(link, [b"*"], [0, 1, 2])
        about = {"words": sys.orig_argv[1:], "folder": str(Path.cwd()), "environment": dict(os.environ)}
        # Where somebody strikes the whole workflow: a job in a fork is in a group of its own.
        about["environment"]["WARM_GROUP"] = str(os.getpgid(0))
        link.sendall(json.dumps(about).encode() + b"\n")
        ended = int(link.makefile().readline() or -signal.SIGKILL)
    if ended < 0:
        os.kill(os.getpid(), -ended)
    os._exit(ended)


if "WARM" in os.environ and "/.snakemake/scripts/" in sys.orig_argv[-1]:
    _run_warm(os.environ["WARM"])
