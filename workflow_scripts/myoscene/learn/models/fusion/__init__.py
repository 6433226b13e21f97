"""EMG and eyes together."""

MODELS = {
    "fusion_late": {
        "kind": "fusion",
        "module": "fusion.late",
        "predictor": "LateFusion",
        "section": "fusion",
        "settings": "fusion.settings:FusionSettings",
        "order": 10,
        "label": "late fusion",
        "parts": {"signal": "cnn_tcn", "eyes": "eye_cnn"},
    },
    "fusion_joint": {
        "kind": "fusion",
        "module": "fusion.joint",
        "predictor": "JointFusion",
        "section": "fusion",
        "settings": "fusion.settings:FusionSettings",
        "order": 11,
        "label": "joint fusion",
        "parts": {"signal": "cnn_tcn", "eyes": "eye_cnn"},
    },
}
