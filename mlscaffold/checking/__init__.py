"""What a check says of single paths."""
