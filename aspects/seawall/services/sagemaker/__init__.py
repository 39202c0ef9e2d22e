"""Amazon SageMaker: jobs and pipelines."""
