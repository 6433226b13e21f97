"""InceptionV3 on eye images."""

MODELS = {
    "eye_inception": {
        "kind": "eyes",
        "module": "eye_inception.model",
        "predictor": "InceptionPredictor",
        "section": "eye_inception",
        "settings": "eye_inception.settings:EyeInceptionSettings",
        "order": 8,
        "label": "eye Inception",
    },
    "eye_inception_plain": {
        "kind": "eyes",
        "module": "eye_inception.model",
        "predictor": "InceptionPredictor",
        "section": "eye_inception",
        "settings": "eye_inception.settings:EyeInceptionSettings",
        "order": 9,
        "label": "eye Inception, plain",
    },
}
