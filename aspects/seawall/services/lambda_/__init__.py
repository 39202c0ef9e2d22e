"""AWS Lambda: functions, who calls them, and how they are called again."""
