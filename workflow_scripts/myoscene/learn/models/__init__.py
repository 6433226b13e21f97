"""The models, a module or folder each."""
