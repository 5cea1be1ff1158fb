"""What an update keeps in a checkout's git directory while it is not done."""

FOLDER = "mlscaffold-update"
"""Where it is staged: on the same file system as the checkout wherever git itself needs that."""
JOURNAL = f"{FOLDER}/journal.json"
"""There from the moment at which it is decided until all is in place."""
STATE = "mlscaffold-update.json"
"""What is needed to finish or undo it, until it is committed."""
