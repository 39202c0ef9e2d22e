"""Amazon MQ and Amazon DocumentDB."""
