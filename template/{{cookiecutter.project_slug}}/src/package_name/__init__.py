"""Empty on purpose: importing the package must stay cheap."""
