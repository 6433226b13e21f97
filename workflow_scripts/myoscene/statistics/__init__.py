"""Scene effects and associations of expression features with NASA-TLX (METHODS section 8)."""
