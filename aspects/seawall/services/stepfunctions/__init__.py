"""AWS Step Functions: state machines, their states, and what the states call."""
