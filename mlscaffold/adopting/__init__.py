"""What a repo without a record shows: its template, its answers, the template commit that it is from."""
