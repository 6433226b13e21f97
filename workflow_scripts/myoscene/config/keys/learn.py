"""Folds, models, training and evaluation."""

from myoscene.config.key import Key

KEYS = [
    Key("learn.models", ["lda", "boosted_trees", "cnn_tcn"], "strings", "Models to train. Empty: none.",
        "our choice", choices=("lda", "knn", "boosted_trees", "cnn_tcn")),
    Key("learn.folds.method", "auto", "string",
        "`lopo`: one fold a held-out participant; `grouped`: k folds of whole participants; `auto`: lopo up to "
        "`max_lopo` participants.", "Meybodi et al. 2026 (lopo)", choices=("auto", "lopo", "grouped")),
    Key("learn.folds.max_lopo", 60, "integer", "Most participants for which `auto` leaves one out.", "our choice",
        minimum=3),
    Key("learn.folds.k", 10, "integer", "Number of grouped folds.", "our choice", minimum=2),
    Key("learn.folds.validation_fraction", 0.2, "number",
        "Share of a fold's training participants (at least one) held back for early stopping.", "our choice",
        above=0, maximum=0.5),
    Key("learn.seed", 1, "integer", "Seed of folds, initial weights, batches and augmentation.", "our choice",
        minimum=0),
    Key("learn.lda.standardise", "train", "string", "Standardise features on the training people, or not.",
        "our choice", choices=("train", "none")),
    Key("learn.lda.shrinkage", True, "boolean", "Ledoit-Wolf shrinkage of the covariance (solver lsqr).",
        "Ledoit & Wolf 2004"),
    Key("learn.knn.neighbours", 1, "integer", "Number of neighbours.", "our choice", minimum=1),
    Key("learn.knn.standardise", "train", "string", "Standardise features on the training people, or not.",
        "our choice", choices=("train", "none")),
    Key("learn.boosted_trees.iterations", 100, "integer", "Most boosting rounds.", "our choice", minimum=1),
    Key("learn.boosted_trees.learning_rate", 0.1, "number", "Shrinkage of each round.", "our choice", above=0,
        maximum=1),
    Key("learn.boosted_trees.max_leaves", 15, "integer", "Most leaves of a tree.", "our choice", minimum=2),
]
