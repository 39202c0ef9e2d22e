"""How long the guard takes on an app of 480 resources, beside what else there is: `python -m bench`."""
