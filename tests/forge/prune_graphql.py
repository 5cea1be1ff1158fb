"""Cut GitHub's published GraphQL schema down to what we ask and the fake answers.

    npm pack @octokit/graphql-schema@15.26.1 && tar xf octokit-graphql-schema-15.26.1.tgz
    python -m tests.forge.prune_graphql package

writes github-schema.graphql and github-schema.LICENSE beside this file.
"""

import sys
from dataclasses import replace
from pathlib import Path

from graphql import DocumentNode, parse, print_ast
from graphql.language import (
    DefinitionNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
)

FIELDS = {
    "Query": {"repository"},
    "Mutation": {"convertPullRequestToDraft", "markPullRequestReadyForReview"},
    "ConvertPullRequestToDraftPayload": {"pullRequest"},
    "MarkPullRequestReadyForReviewPayload": {"pullRequest"},
    "PullRequest": {"isDraft"},
    "Repository": {"nameWithOwner", "defaultBranchRef"},
    "Ref": {"name", "target"},
    "GitObject": {"oid"},
    "Commit": {"oid"},
}
SCALARS = {"GitObjectID"}
INPUTS = {"ConvertPullRequestToDraftInput", "MarkPullRequestReadyForReviewInput"}


def pruned(document: DocumentNode) -> str:
    """Return the schema with these fields of these types, and nothing meant for readers."""
    kept = [kept for each in document.definitions if (kept := _cut(each)) is not None]
    return "\n\n".join(print_ast(each) for each in kept) + "\n"


def _cut(each: DefinitionNode) -> DefinitionNode | None:
    if isinstance(each, ScalarTypeDefinitionNode) and each.name.value in SCALARS:
        return replace(each, description=None, directives=())
    if isinstance(each, InputObjectTypeDefinitionNode) and each.name.value in INPUTS:
        fields = tuple(replace(field, description=None, directives=()) for field in each.fields or ())
        return replace(each, description=None, directives=(), fields=fields)
    if not isinstance(each, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return None
    wanted = FIELDS.get(each.name.value, set())
    kept = tuple(_bare(field) for field in each.fields or () if field.name.value in wanted)
    above = tuple(one for one in each.interfaces or () if one.name.value in FIELDS)
    return replace(each, description=None, directives=(), fields=kept, interfaces=above) if kept else None


def _bare(field: FieldDefinitionNode) -> FieldDefinitionNode:
    arguments = tuple(replace(one, description=None, directives=()) for one in field.arguments or ())
    return replace(field, description=None, directives=(), arguments=arguments)


def main(package: Path) -> None:
    here = Path(__file__).parent
    (here / "github-schema.graphql").write_text(pruned(parse((package / "schema.graphql").read_text())))
    (here / "github-schema.LICENSE").write_text((package / "LICENSE.md").read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
