"""How Sphinx builds the pages: `make docs`. What stands there of tables, settings and commands: `make config`."""

import tomllib
from pathlib import Path

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "Myoscene"
author = copyright = "The Myoscene authors"
release = version = _PROJECT["version"]
extensions = ["myst_parser"]
exclude_patterns = ["_site"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"Myoscene {release}"
html_show_sourcelink = False
html_copy_source = False
html_css_files = ["site.css"]
html_static_path = ["_static"]
