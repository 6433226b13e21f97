"""Training: the loop, resuming, checkpoints and cards."""
