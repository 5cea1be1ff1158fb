"""What is true of three trees: pure functions of values, the standard library only, no I/O."""
