"""The chain from arrays to features and states, without files."""
