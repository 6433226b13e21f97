"""A convolutional stem and a temporal convolutional network on the signal."""

MODELS = {
    "cnn_tcn": {
        "kind": "signal",
        "module": "cnn_tcn.model",
        "predictor": "CnnTcnPredictor",
        "section": "cnn_tcn",
        "settings": "cnn_tcn.settings:CnnTcnSettings",
        "order": 3,
        "label": "CNN-TCN",
    },
}
