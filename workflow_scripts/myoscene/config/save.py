"""Save the configuration of a run beside its results."""

import os
from typing import Any

import yaml

from myoscene import __version__
from myoscene.machinery.files import write_text

_HEAD = (
    f"# The complete configuration of this run (myoscene {__version__}): defaults with the user's changes.\n"
    "# Run it again: snakemake --cores 4 --configfile this_file.yaml\n"
)


def save_config(config: dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Write the merged configuration as YAML that can be used as a configuration file."""
    write_text(path, _HEAD + yaml.safe_dump(config, sort_keys=False, allow_unicode=True))
