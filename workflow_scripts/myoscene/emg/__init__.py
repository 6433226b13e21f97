"""Conditioning, quality, normalisation, windows and time-domain features of the EMG."""
