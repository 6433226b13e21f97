"""EMG and eyes together."""

MODELS = {
    "fusion_late": {
        "kind": "fusion",
        "module": "fusion.predict",
        "predictor": "FusionPredictor",
        "section": "fusion",
        "order": 8,
    },
    "fusion_joint": {
        "kind": "fusion",
        "module": "fusion.predict",
        "predictor": "FusionPredictor",
        "section": "fusion",
        "order": 9,
    },
}
