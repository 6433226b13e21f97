"""Who trains: folds, collected windows and frames, identity."""
