"""``myoscene doctor``: what a machine is like before a run, what would make one hang or fail, what a profile needs."""
