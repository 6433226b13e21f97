"""The configuration: one definition (``keys``), from which defaults, JSON Schema and documentation are made."""
