"""Values to text: the only place that prints."""
