"""Amazon ECS: task definitions, and what starts tasks of them."""
