"""AWS CloudFormation: what runs while a stack is deployed."""
