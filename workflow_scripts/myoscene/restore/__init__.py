"""The face under electrodes: what hides it is found in every frame of a video and painted over."""
