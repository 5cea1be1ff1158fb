"""Start machine-learning repos from one template, and keep every repo true to it."""

__version__ = "0.1.0"
