"""Amazon EC2: instances that run code under a profile."""
