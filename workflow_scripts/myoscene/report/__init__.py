"""All tables of a run as figures and one page that a person reads."""
