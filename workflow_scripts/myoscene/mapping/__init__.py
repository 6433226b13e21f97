"""Muscles and faces, both ways: continuous targets predicted from signals on one clock, and how well."""
