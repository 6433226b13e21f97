"""Eye images: from a lab's files to cleaned, personalised frames."""
