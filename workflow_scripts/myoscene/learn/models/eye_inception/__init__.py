"""InceptionV3 on eye images."""

MODELS = {
    "eye_inception": {
        "kind": "eyes",
        "module": "eye_inception.model",
        "predictor": "InceptionPredictor",
        "section": "eye_inception",
        "order": 8,
        "label": "InceptionV3 on personalised eye images",
    },
    "eye_inception_plain": {
        "kind": "eyes",
        "module": "eye_inception.model",
        "predictor": "InceptionPredictor",
        "section": "eye_inception",
        "order": 9,
        "label": "InceptionV3 on eye images",
    },
}
