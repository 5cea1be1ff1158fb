"""The commands about templates themselves: trust, policy."""

from typing import Annotated

import typer

from mlscaffold.cli.options import Checkout, Directory
from mlscaffold.core.errors import UsageError


def trust(
    urls: Annotated[
        list[str] | None, typer.Argument(metavar="URL|PATH...", help="Addresses; * stands for one segment.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show what is trusted, an address a line.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Trust these no longer.")] = False,
) -> None:
    """Let a template run its code when projects are checked: it is yours, or you have read it.

    Exit code 1: one that --remove took off the list is trusted still, by what is named.

    Example: mlscaffold trust 'https://github.com/acme/*'
    """
    from mlscaffold.shells import settings
    from mlscaffold.show.terminal import show_trust_list, show_trusted, show_untrusted
    from mlscaffold.templates.sources import add_trust, remove_trust

    if listed and (urls or remove):
        raise UsageError("--list shows what is trusted, and takes no other.", "Give it alone.")
    if listed:
        show_trust_list(settings.load().trust)
    elif not urls:
        raise UsageError("No template is named.", "Name one or several, or see what is trusted: --list.")
    elif remove:
        removed = remove_trust(*urls)
        show_untrusted(removed)
        raise SystemExit(1 if any(each.still for each in removed) else 0)
    else:
        show_trusted(add_trust(*urls))


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
