"""``cnn_tcn``: a convolutional stem and a temporal convolutional network on the signal."""
