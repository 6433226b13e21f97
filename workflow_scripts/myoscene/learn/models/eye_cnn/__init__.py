"""A small residual network on eye images."""

MODELS = {
    "eye_cnn": {
        "kind": "eyes",
        "module": "eye_cnn.model",
        "predictor": "EyePredictor",
        "section": "eye_cnn",
        "settings": "eye_cnn.settings:EyeCnnSettings",
        "order": 6,
        "label": "eye CNN",
    },
    "eye_cnn_plain": {
        "kind": "eyes",
        "module": "eye_cnn.model",
        "predictor": "EyePredictor",
        "section": "eye_cnn",
        "settings": "eye_cnn.settings:EyeCnnSettings",
        "order": 7,
        "label": "eye CNN, plain",
    },
}
