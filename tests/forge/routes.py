"""What the three fakes share: a table of routes, and lists in pages."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlencode

from tests.forge.server import Answer
from tests.forge.world import RefusedError, World


class Call:
    """One request to a fake, and the parts of its path."""

    def __init__(
        self,
        world: World,
        method: str,
        path: str,
        query: dict[str, str],
        body: Any,
        origin: str,
        found: tuple[str, ...],
    ) -> None:
        self.world = world
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.origin = origin
        self.found = tuple(unquote(part) for part in found)

    def page(self, items: list[Any], size_name: str, address: str) -> tuple[list[Any], dict[str, str]]:
        """Return one page of a list and the header that leads to the next."""
        size = min(int(self.query.get(size_name, "20")), self.world.per_page)
        page = int(self.query.get("page", "1"))
        if page * size >= len(items):
            return items[(page - 1) * size :], {}
        following = urlencode({**self.query, "page": page + 1})
        return items[(page - 1) * size : page * size], {
            "Link": f'<{address}{self.path}?{following}>; rel="next"'
        }


Route = tuple[str, str, Callable[[Call], Answer]]


def routed(
    routes: list[Route], world: World, method: str, path: str, query: dict[str, str], body: Any, origin: str
) -> Answer:
    for wanted, pattern, act in routes:
        found = re.fullmatch(pattern, path)
        if wanted == method and found:
            return act(Call(world, method, path, query, body, origin, found.groups()))
    raise RefusedError(404, "Not Found")
