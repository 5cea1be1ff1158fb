"""The server side: where rows and records live. Modelling code never imports from here, and nothing here from it."""
