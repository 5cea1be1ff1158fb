"""What a repo's own files say of themselves: name, version, authors, licence, Python, CI; parsed and never executed."""

import ast
import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlscaffold.core.answers import Evidence
from mlscaffold.core.variables import Variable

LARGEST = 256 << 10
Facts = list[tuple[str, str, float, str]]
"""(what, value, weight, where), before it is known what the template calls it."""
EVIDENCE = (".cruft.json", ".cookiecutter.json", ".copier-answers.yml", ".nf-core.yml")
"""Files in which earlier tools wrote answers down."""
READ = (
    *EVIDENCE, "pyproject.toml", "setup.cfg", "setup.py", "README.md", "README.rst", "LICENSE", "LICENSE.md", "LICENSE.txt",
    "LICENCE", ".python-version", "Dockerfile",
)  # fmt: skip
_CALLED = {
    "title": ("project_name", "name", "title", "app_name", "project_title"),
    "name": ("project_slug", "repo_name", "repository_name", "repo_slug", "slug", "distribution_name", "repository"),
    "package": ("package_name", "module_name", "import_name", "pkg_name", "python_package", "package", "package_slug"),
    "description": ("description", "project_short_description", "short_description", "project_description"),
    "author": ("author", "author_name", "full_name", "authors", "maintainer", "organization_name"),
    "email": ("email", "author_email", "contact"),
    "version": ("version", "initial_version", "project_version"),
    "python": ("python_version", "python", "minimum_python", "min_python_version", "python_interpreter"),
    "licence": ("license", "licence", "open_source_license", "project_license"),
    "owner": ("github_username", "github_user", "github_org", "organization", "org", "namespace", "github_owner"),
    "ci": ("ci", "ci_provider", "ci_system", "continuous_integration"),
    "docker": ("docker", "use_docker", "dockerfile", "with_docker"),
}  # fmt: skip
_NAMELESS = ("", "src", "package", "project", "app")
"""What some layouts call every package, which names none."""
_LICENCES = {
    "mit": ("Permission is hereby granted, free of charge, to any person obtaining a copy of this software",),
    "apache": ("Apache License", "Version 2.0"),
    "bsd": ("Redistribution and use in source and binary forms",),
    "gpl": ("GNU GENERAL PUBLIC LICENSE",),
    "mpl": ("Mozilla Public License",),
}


def evidence(facts: Facts, variables: Mapping[str, Variable]) -> Iterator[Evidence]:
    """Say facts in the template's words: its variable for each, and its choice where it has choices."""
    for what, value, weight, where in facts:
        called = (what,) if what in variables else _CALLED.get(what, ())
        for name in called:
            if name in variables:
                fitting = _choice(value, variables[name].choices)
                if fitting is not None:
                    yield Evidence(name, fitting, weight, where)


def facts(files: Mapping[str, bytes], paths: frozenset[str]) -> Facts:
    """Read what there is; a file that cannot be read says nothing."""
    found: Facts = []
    for path, content in files.items():
        reader = _READERS.get(path) or _READERS.get(path.partition(".")[0].upper())
        if reader is not None and len(content) <= LARGEST:
            try:
                found += [
                    (what, value.strip(), weight, path)
                    for what, value, weight in reader(content)
                    if value.strip()
                ]
            except (
                ValueError,
                KeyError,
                TypeError,
                AttributeError,
                RecursionError,
                MemoryError,
                SyntaxError,
                configparser.Error,
            ):
                continue
    return [*found, *_from_paths(paths)]


def unreadable(files: Mapping[str, bytes]) -> list[str]:
    """Return the project files that are not what their names say."""
    checks: dict[str, Callable[[bytes], object]] = {
        "pyproject.toml": _toml, "setup.py": _tree, "setup.cfg": _config
    }  # fmt: skip
    broken = []
    for path, check in checks.items():
        if path in files:
            try:
                check(files[path])
            except (ValueError, RecursionError, MemoryError, SyntaxError, configparser.Error):
                broken.append(path)
    return broken


def template_address(files: Mapping[str, bytes]) -> tuple[str, str, str] | None:
    """Return the template that a file of evidence names, that file, and the template's folder within its repository."""
    for path, names in ((".cruft.json", ("template",)), (".cookiecutter.json", ("_template", "template"))):
        document = _json(files.get(path, b"{}"))
        context = document.get("context", document)
        inner = context.get("cookiecutter", context) if isinstance(context, dict) else {}
        folder = document.get("directory")
        for holder in (document, inner):
            for name in names:
                if isinstance(holder, dict) and isinstance(holder.get(name), str):
                    return holder[name], path, folder if isinstance(folder, str) else ""
    source = _flat_yaml(files.get(".copier-answers.yml", b"")).get("_src_path")
    if source:
        return source, ".copier-answers.yml", ""
    badge = re.search(
        rb"https://[\w./-]{0,200}(?:cookiecutter|template)[\w-]{0,60}(?=[)\s\"'>])",
        files.get("README.md", b"")[:20_000],
    )
    return (badge[0].decode(), "README.md", "") if badge else None


def _json(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _choice(value: str, choices: tuple[str, ...]) -> str | None:
    """Return the choice that a value means: the same, or the one whose words begin with it."""
    if not choices or value in choices:
        return value
    plain = [(re.sub(r"[^a-z0-9]", "", choice.lower()), choice) for choice in choices]
    wanted = re.sub(r"[^a-z0-9]", "", value.lower())
    fitting = [choice for text, choice in plain if text == wanted] or [
        choice for text, choice in plain if wanted and text.startswith(wanted)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _toml(content: bytes) -> dict[str, Any]:
    return tomllib.loads(content.decode("utf-8-sig"))


def _pyproject(content: bytes) -> Iterator[tuple[str, str, float]]:
    document = _toml(content)
    for table in (document.get("project"), document.get("tool", {}).get("poetry")):
        if isinstance(table, dict):
            yield from _project(table)


def _project(table: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    for key, what in (("name", "name"), ("description", "description"), ("version", "version")):
        if isinstance(table.get(key), str):
            yield what, table[key], 0.6
            if key == "name":
                yield "title", table[key], 0.2
    for author in table.get("authors", [])[:1]:
        name, email = (
            (author.get("name", ""), author.get("email", "")) if isinstance(author, dict) else _person(author)
        )
        yield "author", name, 0.6
        yield "email", email, 0.6
    if version := re.search(r"3\.\d+", str(table.get("requires-python", ""))):
        yield "python", version[0], 0.3


def _person(text: str) -> tuple[str, str]:
    name, _, email = text.partition("<")
    return name.strip(), email.rstrip("> ")


def _config(content: bytes) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(content.decode("utf-8-sig"))
    return parser


def _setup_cfg(content: bytes) -> Iterator[tuple[str, str, float]]:
    parser = _config(content)
    if parser.has_section("metadata"):
        yield from _metadata(dict(parser.items("metadata")))
    if parser.has_option("options", "python_requires"):
        yield from _metadata({"python_requires": parser.get("options", "python_requires")})


def _tree(content: bytes) -> ast.Module:
    return ast.parse(content)


def _setup_py(content: bytes) -> Iterator[tuple[str, str, float]]:
    for node in ast.walk(_tree(content)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "setup":
            values = {
                keyword.arg: keyword.value.value
                for keyword in node.keywords
                if keyword.arg
                and isinstance(keyword.value, ast.Constant)
                and isinstance(keyword.value.value, str)
            }
            yield from _metadata(values)


def _metadata(values: Mapping[str, str]) -> Iterator[tuple[str, str, float]]:
    """Facts of `setup()` or `[metadata]`."""
    for key in ("description", "version", "author"):
        yield key, values.get(key, ""), 0.5
    name = values.get("name", "")
    if name not in _NAMELESS:
        yield "name", name, 0.5
        yield "title", name, 0.2
    yield "email", values.get("author_email", ""), 0.5
    yield "licence", _short_licence(values.get("license", "")), 0.4
    if version := re.search(r"3\.\d+", values.get("python_requires", "")):
        yield "python", version[0], 0.3


def _short_licence(text: str) -> str:
    return next((name for name in _LICENCES if text.lower().startswith(name)), "")


def _readme(content: bytes) -> Iterator[tuple[str, str, float]]:
    text = content.decode("utf-8", "replace")
    if (title := re.search(r"^#[ \t]+([^\n\[\]!]{1,100})$", text, re.MULTILINE)) or (
        title := re.match(r"([^\n]{1,100})\n[=*]{3,}\s*\n", text)
    ):
        yield "title", title[1], 0.4


def _licence(content: bytes) -> Iterator[tuple[str, str, float]]:
    text = re.sub(r"\s+", " ", content.decode("utf-8", "replace"))
    for name, phrases in _LICENCES.items():
        if all(phrase.lower() in text.lower() for phrase in phrases):
            yield "licence", name, 0.7


def _python_version(content: bytes) -> Iterator[tuple[str, str, float]]:
    if version := re.search(rb"3\.\d+", content):
        yield "python", version[0].decode(), 0.7


def _dockerfile(content: bytes) -> Iterator[tuple[str, str, float]]:
    if version := re.search(rb"^FROM[ \t]+\S{0,200}python:(3\.\d+)", content, re.MULTILINE | re.IGNORECASE):
        yield "python", version[1].decode(), 0.5


def _answers_json(content: bytes) -> Iterator[tuple[str, str, float]]:
    document = json.loads(content)
    context = document.get("context", document)
    for name, value in context.get("cookiecutter", context).items():
        if isinstance(value, str | bool | int) and not name.startswith("_"):
            yield name, str(value), 5.0


def _answers_yaml(content: bytes) -> Iterator[tuple[str, str, float]]:
    for name, value in _flat_yaml(content).items():
        if not name.startswith("_"):
            yield name, value, 5.0


def _flat_yaml(content: bytes) -> dict[str, str]:
    """Read `key: scalar` lines, at the top or one block deep, which is all that files of answers hold."""
    found: dict[str, str] = {}
    for line in content.decode("utf-8", "replace").splitlines():
        if match := re.fullmatch(r"([A-Za-z_]\w*):[ \t]+(\S.*)", line.strip()[:1000]):
            text = match[2]
            found[match[1]] = (
                text[1:-1] if text[0] in "'\"" and text[-1] == text[0] and len(text) > 1 else text
            )
    return found


def _from_paths(paths: frozenset[str]) -> Iterator[tuple[str, str, float, str]]:
    for start, provider in (
        (".github/workflows/", "github"),
        (".gitlab-ci.yml", "gitlab"),
        (".circleci/", "circleci"),
    ):
        if where := next((path for path in sorted(paths) if path.startswith(start)), None):
            yield "ci", provider, 0.4, where
    if "Dockerfile" in paths:
        yield "docker", "y", 0.3, "Dockerfile"
        yield "docker", "True", 0.3, "Dockerfile"
    for path in sorted(paths):
        names = path.split("/")
        if (
            len(names) == 3
            and names[0] == "src"
            and names[2] == "__init__.py"
            and "src/__init__.py" not in paths
        ):
            yield "package", names[1], 0.7, path


_READERS: dict[str, Callable[[bytes], Iterator[tuple[str, str, float]]]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    "README": _readme,
    "LICENSE": _licence,
    "LICENCE": _licence,
    ".python-version": _python_version,
    "Dockerfile": _dockerfile,
    ".cookiecutter.json": _answers_json,
    ".cruft.json": _answers_json,
    ".copier-answers.yml": _answers_yaml,
    ".nf-core.yml": _answers_yaml,
}
