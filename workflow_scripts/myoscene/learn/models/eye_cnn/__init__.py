"""A small residual network on eye images."""

MODELS = {
    "eye_cnn": {
        "kind": "eyes",
        "module": "eye_cnn.model",
        "predictor": "EyePredictor",
        "section": "eye_cnn",
        "order": 6,
        "label": "CNN on personalised eye images",
    },
    "eye_cnn_plain": {
        "kind": "eyes",
        "module": "eye_cnn.model",
        "predictor": "EyePredictor",
        "section": "eye_cnn",
        "order": 7,
        "label": "CNN on eye images",
    },
}
