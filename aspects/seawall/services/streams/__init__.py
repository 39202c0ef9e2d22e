"""Amazon Kinesis streams and DynamoDB streams."""
