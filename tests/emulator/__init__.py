"""Asks somebody else: an emulator nobody here wrote runs the worked cases and counts the runs."""
