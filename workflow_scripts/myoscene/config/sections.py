"""All configuration keys, a module a section, in the order of the stages."""

from myoscene.config import execution
from myoscene.core.settings import Key
from myoscene.emg import settings as emg
from myoscene.eyes import settings as eyes
from myoscene.learn import settings as learn
from myoscene.recordings import settings as recordings
from myoscene.report import settings as report
from myoscene.scenes import settings as scenes
from myoscene.statistics import settings as statistics

SECTIONS: dict[str, tuple[str, list[Key]]] = {
    section: ((module.__doc__ or "").strip(), module.KEYS)
    for section, module in {
        "recordings": recordings,
        "emg": emg,
        "eyes": eyes,
        "learn": learn,
        "scenes": scenes,
        "statistics": statistics,
        "report": report,
        "execution": execution,
    }.items()
}
KEYS: list[Key] = [key for _, keys in SECTIONS.values() for key in keys]
