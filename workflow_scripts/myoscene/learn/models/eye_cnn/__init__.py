"""A small residual network on eye images."""

MODELS = {
    "eye_cnn": {
        "kind": "eyes",
        "module": "eye_cnn.predict",
        "predictor": "EyePredictor",
        "section": "eye_cnn",
        "order": 4,
    },
    "eye_cnn_plain": {
        "kind": "eyes",
        "module": "eye_cnn.predict",
        "predictor": "EyePredictor",
        "section": "eye_cnn",
        "order": 5,
    },
}
