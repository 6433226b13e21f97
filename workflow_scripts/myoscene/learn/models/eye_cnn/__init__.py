"""``eye_cnn``: a small residual network on eye images, and the blink classifier made of it."""
