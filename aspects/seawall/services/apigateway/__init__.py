"""Amazon API Gateway: APIs and their integrations."""
