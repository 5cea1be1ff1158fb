"""One verb over many repos: found, compared, brought up to date, one outcome each."""
