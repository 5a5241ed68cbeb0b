"""Amazon DynamoDB and DynamoDB Streams."""
