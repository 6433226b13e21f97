"""The text and tables of the page, a module a group of sections."""
