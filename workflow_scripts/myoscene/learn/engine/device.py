"""The device that networks are trained on, and sums in one order, so that the same seed gives the same bytes."""

import os

import torch

from myoscene.core.errors import InputError

DEVICES = ("cpu", "cuda")


def prepare(device: str = "cpu") -> torch.device:
    """One thread and deterministic algorithms; the device itself.

    Raises:
        InputError: there is no such device, or none on this machine.
    """
    torch.set_num_threads(1)
    # The same flag as use_deterministic_algorithms, which would load torch's compiler besides (over a second a job).
    torch.set_deterministic_debug_mode("error")
    if device not in DEVICES:
        raise InputError(f"networks cannot be trained on '{device}'; use one of {', '.join(DEVICES)}")
    if device == "cuda":
        # Without it cuBLAS may sum in another order from run to run.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        if not torch.cuda.is_available():
            raise InputError(
                "networks cannot be trained on 'cuda': this machine has no GPU that torch can use; use 'cpu'"
            )
    return torch.device(device)
