"""Handles one webhook: as in the incident, and as it should be."""
