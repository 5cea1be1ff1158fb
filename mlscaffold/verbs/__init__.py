"""One module for each command: values in, one value out."""
