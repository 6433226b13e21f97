"""EMG and eyes together."""
