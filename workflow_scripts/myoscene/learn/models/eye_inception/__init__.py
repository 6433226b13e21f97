"""InceptionV3 on eye images."""

MODELS = {
    "eye_inception": {
        "kind": "eyes",
        "module": "eye_inception.predict",
        "predictor": "InceptionPredictor",
        "section": "eye_inception",
        "order": 6,
    },
    "eye_inception_plain": {
        "kind": "eyes",
        "module": "eye_inception.predict",
        "predictor": "InceptionPredictor",
        "section": "eye_inception",
        "order": 7,
    },
}
