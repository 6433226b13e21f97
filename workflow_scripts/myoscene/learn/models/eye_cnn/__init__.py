"""A small residual network on eye images."""
