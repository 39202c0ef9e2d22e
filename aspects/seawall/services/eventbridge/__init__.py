"""Amazon EventBridge: buses, rules and their targets."""
