"""The machine of tests/attack, for organisations with hostile repos in them."""

from tests.attack.conftest import attacker, newer, shared_template, world

__all__ = ["attacker", "newer", "shared_template", "world"]
