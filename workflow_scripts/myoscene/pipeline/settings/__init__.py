"""Settings of the chain, each in a file of its own: an edit of one reruns what reads that one."""
