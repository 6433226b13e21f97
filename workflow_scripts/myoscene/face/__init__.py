"""Faces: from video to parameters of expression per frame."""
