"""The tables between stages: one module of schemas a stage, and :mod:`myoscene.tables.core` to move them."""
