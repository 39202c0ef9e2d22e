"""AWS Glue: jobs, triggers, workflows."""
