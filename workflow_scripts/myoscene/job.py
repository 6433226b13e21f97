"""What every workflow script does around its one call: log, warnings, threads, errors."""

import faulthandler
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from myoscene.errors import InputError

# Read by numerical libraries when they load, so set before a script imports any of them.
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@contextmanager
def job(snakemake: Any) -> Iterator[None]:
    """Run a rule's work with its log file, one-sentence errors and no more threads than the rule states.

    Everything printed, logged or warned goes to the rule's log. An :class:`InputError` is printed as its
    sentence, in the log and on the terminal, and ends the job with exit code 2; any other error leaves its
    traceback in the log and names the log on the terminal.
    """
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(snakemake.threads)
    terminal = sys.stderr
    log = Path(snakemake.log[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w", buffering=1, encoding="utf-8") as handle:
        faulthandler.enable(handle)
        logging.basicConfig(
            stream=handle, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True
        )
        logging.captureWarnings(True)
        warnings.simplefilter("default")
        stdout, stderr = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = handle
        try:
            yield
        except InputError as error:
            print(f"InputError: {error}", file=handle)
            print(f"\n{snakemake.rule}: {error}\n", file=terminal, flush=True)
            sys.exit(2)
        except Exception as error:
            traceback.print_exc(file=handle)
            print(
                f"\n{snakemake.rule}: {type(error).__name__}: {error} (traceback in {log})\n",
                file=terminal,
                flush=True,
            )
            sys.exit(1)
        finally:
            sys.stdout, sys.stderr = stdout, stderr
            logging.captureWarnings(False)
            logging.shutdown()
            faulthandler.disable()
