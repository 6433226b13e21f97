"""EMG and eyes together."""

MODELS = {
    "fusion_late": {
        "kind": "fusion",
        "module": "fusion.late",
        "predictor": "LateFusion",
        "section": "fusion",
        "order": 10,
        "label": "EMG and eyes, late fusion",
        "parts": {"signal": "cnn_tcn", "eyes": "eye_cnn"},
    },
    "fusion_joint": {
        "kind": "fusion",
        "module": "fusion.joint",
        "predictor": "JointFusion",
        "section": "fusion",
        "order": 11,
        "label": "EMG and eyes, joint fusion",
        "parts": {"signal": "cnn_tcn", "eyes": "eye_cnn"},
    },
}
