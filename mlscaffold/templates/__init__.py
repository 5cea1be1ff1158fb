"""Templates: where they come from, what is kept of them, what happened in them."""
