"""Write the files that are made from the settings' definitions: ``python -m myoscene.config.write``."""

from pathlib import Path

from myoscene.config.render import schema_text, yaml_text
from myoscene.importing import mapping
from myoscene.machinery.files import write_text

ROOT = Path(__file__).resolve().parents[3]
FILES = {
    "config/config.yaml": yaml_text,
    "config/schemas/config.schema.json": schema_text,
    "config/schemas/mapping.schema.json": mapping.schema_text,
}

if __name__ == "__main__":
    for name, text in FILES.items():
        write_text(ROOT / name, text())
        print(f"wrote {name}")
