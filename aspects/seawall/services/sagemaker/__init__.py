"""Amazon SageMaker: jobs that a state of a machine describes in its request."""
