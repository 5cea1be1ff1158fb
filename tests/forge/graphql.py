"""GitHub's GraphQL: each query is checked and answered by GitHub's published schema, as far as it is asked."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema, graphql_sync

from tests.forge.world import RefusedError, World


@cache
def schema() -> GraphQLSchema:
    return build_schema((Path(__file__).parent / "github-schema.graphql").read_text())


def answer(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """Return what GitHub answers; a query that the schema does not have is a violation."""

    def repository(_info: object, owner: str, name: str, followRenames: bool) -> dict[str, Any]:  # noqa: ARG001, N803
        try:
            repo = world.repo(f"{owner}/{name}")
        except RefusedError:
            said = f"Could not resolve to a Repository with the name '{owner}/{name}'."
            raise GraphQLError(said, extensions={"type": "NOT_FOUND"}) from None
        head = repo.head(repo.default_branch)
        target = {"__typename": "Commit", "oid": head}
        ref = {"name": repo.default_branch, "target": target} if head else None
        return {"nameWithOwner": repo.name, "defaultBranchRef": ref}

    def drafted(draft: bool) -> Callable[..., dict[str, Any]]:
        def change(_info: object, input: dict[str, str]) -> dict[str, Any]:  # noqa: A002 - GitHub's name
            number, _, pull = input["pullRequestId"].removeprefix("PR_").partition("_")
            repo = next(repo for repo in world.repos if repo.number == int(number))
            world.pull(repo, int(pull)).draft = draft
            world.log.append(f"MUTATION {'draft' if draft else 'ready'}")
            return {"pullRequest": {"isDraft": draft}}

        return change

    root = {
        "repository": repository,
        "convertPullRequestToDraft": drafted(True),
        "markPullRequestReadyForReview": drafted(False),
    }
    done = graphql_sync(schema(), body["query"], root)
    found: dict[str, Any] = {"data": done.data}
    if done.errors:
        world.violations += [f"GraphQL: {error}" for error in done.errors if not error.extensions]
        found["errors"] = [
            {"type": (error.extensions or {}).get("type"), "path": error.path, "message": error.message}
            for error in done.errors
        ]
    return found
