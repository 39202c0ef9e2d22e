"""What can be changed, and what each change brings: the model, run again."""
