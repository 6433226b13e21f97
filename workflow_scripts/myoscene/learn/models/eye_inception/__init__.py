"""``eye_inception``: InceptionV3 on eye images."""
