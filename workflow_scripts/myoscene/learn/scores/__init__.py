"""Scores of models and their comparison."""
