"""What a dataset gives away before a model is trained on it."""
