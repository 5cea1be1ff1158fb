"""One module for each outside tool; none of them knows another."""
