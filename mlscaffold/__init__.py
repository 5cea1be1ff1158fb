"""Start machine-learning repos from one template, and keep every repo true to it."""
