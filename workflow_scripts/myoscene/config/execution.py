"""How the work is done. Nothing here changes a result, and nothing here reruns anything."""

from myoscene.core.settings import Key

KEYS = [
    Key(
        "execution.resume_every_epochs",
        1,
        "integer",
        "A training job keeps its state this often, so that a killed one goes on from there.",
        "our choice",
        minimum=1,
    ),
    Key(
        "execution.log_every_epochs",
        5,
        "integer",
        "A training job writes a line of progress this often.",
        "our choice",
        minimum=1,
    ),
]
