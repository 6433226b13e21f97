"""A convolutional stem and a temporal convolutional network on the signal."""
