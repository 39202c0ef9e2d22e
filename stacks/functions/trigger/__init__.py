"""Starts the machine, in the incident's pipeline."""
