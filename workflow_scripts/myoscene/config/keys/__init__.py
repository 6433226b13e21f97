"""All configuration keys, a module a section, in the order of the stages."""

from myoscene.config.key import Key
from myoscene.config.keys import emg, execution, eyes, learn, recordings, report, scenes, statistics

SECTIONS: dict[str, tuple[str, list[Key]]] = {
    module.__name__.rsplit(".", 1)[1]: ((module.__doc__ or "").strip(), module.KEYS)
    for module in (recordings, emg, eyes, learn, scenes, statistics, report, execution)
}
KEYS: list[Key] = [key for _, keys in SECTIONS.values() for key in keys]
