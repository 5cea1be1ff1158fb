"""A project beside two states of its template: its record, its files, what it says of itself."""
