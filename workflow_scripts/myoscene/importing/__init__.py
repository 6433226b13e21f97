"""From the files that a lab has to a BIDS dataset: sources, mapping, writer."""
