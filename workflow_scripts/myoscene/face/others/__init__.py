"""Face parameters that other tools measured: their files, read by name into one table."""
