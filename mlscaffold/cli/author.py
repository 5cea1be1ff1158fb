"""The commands about templates themselves: trust, policy."""

from typing import Annotated

import typer

from mlscaffold.cli.options import Checkout, Directory


def trust(
    url: Annotated[str, typer.Argument(metavar="URL|PATH", help="An address; * stands for one segment.")],
) -> None:
    """Let a template run its code when projects are checked: it is yours, or you have read it.

    Example: mlscaffold trust 'https://github.com/acme/*'
    """
    from mlscaffold.show.terminal import show_trusted
    from mlscaffold.templates.sources import add_trust

    show_trusted(add_trust(url))


def policy(
    template: Annotated[str, typer.Argument(metavar="URL|PATH", help="The template's repository.")],
    directory: Directory = None,
    checkout: Checkout = None,
) -> None:
    """Say which rule of policy.toml each path of a template is under, and why; for its author.

    Exit code 0: it can be meant, 1: it asks for keys that are not there, 3: it cannot be read.

    Example, in the template's checkout: mlscaffold policy .
    """
    from mlscaffold.show.terminal import show_policy
    from mlscaffold.verbs import policy as verb

    table = verb.policy(template, directory, checkout)
    show_policy(table)
    raise SystemExit(1 if table.unmet else 0)
