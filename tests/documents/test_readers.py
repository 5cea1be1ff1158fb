"""Places found in documents, whoever finds them."""

import pytest
import yaml

from mlscaffold.core.document import Document, Node, Scalar
from mlscaffold.documents import yaml_reader
from mlscaffold.documents.formats import Format, adapter_of

WORKFLOW = """\
# é and 😀 before what counts
name: "CI"  # a note
on: {push: {branches: [main, 'dev']}, pull_request: }
jobs: &jobs
  test:
    - uses: actions/checkout@v4
      with: *jobs2
    - run: |
        one

        two

  # about docs
  docs: !tag
    - - a
      - b
    -
      c: >+
        kept

last:
""".replace("*jobs2", "&jobs2 {a: 1}")


def shown(node: Node, text: str) -> list[str]:
    """Return the text of every scalar and entry."""
    if isinstance(node, Scalar):
        return [text[node.start : node.end] + node.note]
    return [
        line for entry in node.entries for line in (text[entry.start : entry.end], *shown(entry.node, text))
    ]


@pytest.mark.skipif(not hasattr(yaml, "CSafeLoader"), reason="this PyYAML was built without libyaml")
def test_yaml_has_the_same_places_with_and_without_libyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        monkeypatch.setattr(yaml_reader, "_LOADER", loader)
        document = yaml_reader.parse(WORKFLOW)
        assert isinstance(document, Document)
        found.append((shown(document.root, WORKFLOW), document.comments))
    assert found[0] == found[1]


def test_yaml_entries_stand_where_they_are_written() -> None:
    document = adapter_of(Format.YAML).parse(WORKFLOW)
    assert isinstance(document, Document)
    places = shown(document.root, WORKFLOW)
    assert 'name: "CI"' in places
    assert '"CI"# a note' in places
    assert "- uses: actions/checkout@v4\n      with: &jobs2 {a: 1}" in places
    assert "- run: |\n        one\n\n        two" in places
    assert [WORKFLOW[start:end] for start, end in document.comments] == [
        "# é and 😀 before what counts",
        "# a note",
        "# about docs",
    ]


def test_toml_comments_end_a_section_only_if_they_do_not_lead_to_the_next() -> None:
    text = "[a]\nx = 1\n# of a\n\n# of nobody\n\n# of b\n[b]\n# of b, too\n"
    document = adapter_of(Format.TOML).parse(text)
    assert isinstance(document, Document)
    assert not isinstance(document.root, Scalar)
    assert [text[entry.start : entry.end] for entry in document.root.entries] == [
        "[a]\nx = 1\n# of a",
        "[b]\n# of b, too",
    ]
