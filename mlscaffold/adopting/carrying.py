"""An adoption carried out: record and merge in one commit, moves in another, formatting in a third."""

from dataclasses import replace

from mlscaffold.adopting.plans import Plan
from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.trust import without_password
from mlscaffold.merging import landing
from mlscaffold.shells import ruff

IGNORED_REVISIONS = ".git-blame-ignore-revs"
NOT_COMMITTED = "The adoption itself is committed, and this is staged: mend that, then git commit."


def land(plan: Plan) -> str:
    """Write the record and every change, and commit them; return the commit's id.

    Raises MlscaffoldError, with nothing written, if the checkout is not clean.
    """
    adopted = replace(plan.update, record=plan.project.content)
    return landing.land(plan.project.root, adopted, message(plan))


def message(plan: Plan) -> str:
    """Return the message of the adoption's commit."""
    url = without_password(plan.project.store.source.url)
    name = url.rstrip("/").removesuffix(".git").rpartition("/")[2]
    made = f"Made from {plan.base[:12]}" if plan.base else "Not made from it"
    return f"Adopt template {name} at {plan.recorded[:7]}\n\nTemplate: {url}\n{made}, brought to {plan.wanted[:12]}.\n"


def move(plan: Plan) -> str:
    """Move scripts and notebooks where --move says, in a commit of its own; return its id."""
    from mlscaffold.shells.checkout import Checkout

    checkout = Checkout(plan.project.root)
    checkout.move(plan.movable)
    return checkout.commit("Move scripts and notebooks into folders of their own\n", NOT_COMMITTED)


def format_(plan: Plan) -> str | None:
    """Format the project's Python files in a commit of its own, and list that where `git blame` passes it over.

    Returns the commit's id, None if there was nothing to format.
    """
    from mlscaffold.shells.checkout import Checkout

    checkout = Checkout(plan.project.root)
    files = [path for path in checkout.tracked() if path.endswith(".py")]
    ruff.format_and_fix(plan.project.root, files)
    changed = checkout.uncommitted()
    if not changed:
        return None
    checkout.stage(changed)
    commit = checkout.commit("Format with ruff as the template has it\n", NOT_COMMITTED)
    listed = plan.project.root / IGNORED_REVISIONS
    before = listed.read_text() if listed.is_file() and not listed.is_symlink() else ""
    listed.write_text(f"{before}{commit}  # formatted when the template was adopted\n")
    checkout.stage([IGNORED_REVISIONS])
    checkout.commit(f"List the formatting commit in {IGNORED_REVISIONS}\n", NOT_COMMITTED)
    return commit


def require_formatter(plan: Plan) -> None:
    """Raise MlscaffoldError if --format cannot be done."""
    ruff.require()
    if not {"ruff.toml", "pyproject.toml"} & plan.project.theirs.keys():
        raise MlscaffoldError(
            "The template has no ruff.toml, so there is no format of its own.", "Run it without --format."
        )
