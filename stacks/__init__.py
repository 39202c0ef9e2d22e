"""The reference app's stacks: a webhook pipeline and a review server, as in the incident and as they should be."""
