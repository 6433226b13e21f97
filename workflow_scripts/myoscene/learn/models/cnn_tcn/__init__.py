"""A convolutional stem and a temporal convolutional network on the signal."""

MODELS = {
    "cnn_tcn": {
        "kind": "signal",
        "module": "cnn_tcn.predict",
        "predictor": "SignalPredictor",
        "section": "cnn_tcn",
        "order": 3,
    },
}
