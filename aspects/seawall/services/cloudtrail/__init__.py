"""AWS CloudTrail: trails, and rules on the calls that they record."""
