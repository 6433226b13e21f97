"""Features and signals -> one checkpoint per model and fold, and evaluation tables."""
