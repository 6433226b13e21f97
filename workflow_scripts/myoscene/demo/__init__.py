"""The demo cohort: synthetic facial EMG and ratings with a known truth."""
