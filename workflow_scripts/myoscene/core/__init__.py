"""What every stage stands on: errors, parsing, tables, settings, the form of a stage."""
