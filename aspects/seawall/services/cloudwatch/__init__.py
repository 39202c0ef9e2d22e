"""Amazon CloudWatch alarms."""
