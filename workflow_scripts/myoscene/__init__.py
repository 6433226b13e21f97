"""Myoscene: expression signatures of virtual-reality scenes from raw facial EMG."""

__version__ = "0.2.0"
