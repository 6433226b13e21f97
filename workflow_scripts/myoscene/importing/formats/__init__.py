"""The formats that recordings come in, a module a format."""
