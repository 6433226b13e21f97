"""The configuration: typed sections, from which defaults, JSON Schema, checks and documentation are made."""
