"""Continuous predictions over scenes, and the expression features of each participant and scene."""
