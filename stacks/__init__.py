"""The reference app's stacks: a webhook pipeline as in the incident, and as it should be."""
