"""InceptionV3 on eye images."""
