"""What a hostile project answers to a trusted template: answers are data, in files, names and hooks."""

from pathlib import Path
from typing import Any

import pytest

from mlscaffold.core.script import same_code
from tests.attack.conftest import RENDERED, VARIABLES, World
from tests.worlds import template, write

VERBS = ("check", "diff", "update")


def test_jinja_in_an_answer_is_text_like_any_other(world: World) -> None:
    popen = "{{ cycler.__init__.__globals__.os.popen('%s').read() }}" % world.payload  # noqa: UP031
    world.record({"description": popen, "extra": {popen: popen, "k": [popen]}})
    write(
        world.project,
        {
            "README.md": RENDERED["README.md"].replace("A service.", popen),
            "extra.txt": f"key=value\n{popen}={popen}\nk=['{popen}']\n".replace("['{{", '["{{').replace(
                "}}']", '}}"]'
            ),
        },
    )
    world.settle()
    ran = world.run("check", "--fail-on", "edits")
    assert (ran.code, ran.err) == (0, ""), ran.out
    assert world.run("diff").out == ""
    assert world.run("update").code == 0


def test_private_variables_come_from_the_template(world: World) -> None:
    """`_extensions` would be imported, and `_jinja2_env_vars` change what text is code."""
    write(world.project, {"evil.py": f"import pathlib\npathlib.Path({str(world.marker)!r}).touch()\n"})
    world.record(
        {
            "_extensions": ["evil.Extension"],
            "_jinja2_env_vars": {"variable_start_string": "# "},
            "_private": "of the project",
            "_copy_without_render": ["*"],
            "_template": "evil",
            "_output_dir": str(world.outside),
        }
    )
    world.settle()
    for verb in VERBS:
        ran = world.run(verb)
        assert (ran.code, ran.err) == (0, "")
    assert "In sync" in world.run("check", "--fail-on", "edits").out


def test_a_choice_that_is_not_offered_is_kept(world: World) -> None:
    world.record({"licence": "{{ 7 * 7 }}"})
    world.settle()
    assert world.run("check").code == 0


@pytest.mark.parametrize(
    ("hook", "script", "answer"),
    [
        (
            "post_gen_project.py",
            'name = "{{cookiecutter.description}}"\n',
            '"; import os; os.system("touch MARKER"); "',
        ),
        (
            "pre_gen_project.py",
            "name = '''{{cookiecutter.description}}'''\n",
            "'''\nimport os; os.system('touch MARKER')\n'''",
        ),
        (
            "post_gen_project.py",
            "# {{cookiecutter.description}}\n",
            "x\nimport os; os.system('touch MARKER')",
        ),
        (
            "post_gen_project.py",
            "yes = {{cookiecutter.description}}\n",
            "__import__('os').system('touch MARKER')",
        ),
        (
            "post_gen_project.py",
            "import os\nos.system('echo {{cookiecutter.description}}')\n",
            "$(touch MARKER)",
        ),
        (
            "post_gen_project.py",
            "import subprocess as s\ns.run('echo {{cookiecutter.description}}', shell=True)\n",
            "x; touch MARKER",
        ),
        (
            "post_gen_project.py",
            "import subprocess as s\ns.run(['sh', '-c', 'echo {{cookiecutter.description}}'])\n",
            "x\\ntouch MARKER",
        ),
        ("post_gen_project.py", "import shutil\nshutil.rmtree('{{cookiecutter.description}}')\n", "OUTSIDE"),
        (
            "post_gen_project.py",
            "import shutil\nshutil.rmtree('{{cookiecutter.description}}')\n",
            "../../../outside",
        ),
        ("post_gen_project.sh", '#!/bin/sh\necho "{{cookiecutter.description}}"\n', "$(touch MARKER)"),
        ("pre_gen_project.sh", "#!/bin/sh\necho {{cookiecutter.description}}\n", "x; touch MARKER"),
        ("post_gen_project.sh", "#!/bin/sh\necho '{{cookiecutter.extra}}'\n", {"a": "b'; touch MARKER; '"}),
    ],
)
def test_an_answer_is_no_code_in_a_hook(
    hook: str, script: str, answer: Any, world: World, tmp_path: Path
) -> None:
    made = template(
        tmp_path / "hooked", {"README.md": "x\n"}, variables=VARIABLES, beside={f"hooks/{hook}": script}
    )
    world.trust(made.root)

    def placed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: placed(each) for key, each in value.items()}
        return value.replace("MARKER", str(world.marker)).replace("OUTSIDE", str(world.outside))

    answers = {"extra" if isinstance(answer, dict) else "description": placed(answer)}
    world.record(answers, template=str(made.root), commit=_head(made.root))
    ran = world.run("check")
    assert ran.code == 3
    assert f"would change what its hook {hook} does" in ran.err


def _head(folder: Path) -> str:
    from tests.worlds import git

    return git(folder, "rev-parse", "HEAD").strip()


def test_an_answer_with_quotation_marks_may_be_a_text_in_a_hook(world: World, tmp_path: Path) -> None:
    hook = "import pathlib\nname = '''{{cookiecutter.description}}'''\npathlib.Path('made.txt').write_text(name)\n"
    made = template(
        tmp_path / "hooked", {"a": "x\n"}, variables=VARIABLES, beside={"hooks/post_gen_project.py": hook}
    )
    world.trust(made.root)
    world.record(
        {"description": 'Bob & Alice\'s "service" (v2)'}, template=str(made.root), commit=_head(made.root)
    )
    write(world.project, {"a": "x\n", "made.txt": 'Bob & Alice\'s "service" (v2)'})
    ran = world.run("check", "--fail-on", "edits")
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("script", "plain", "same"),
    [
        ("x = 'a(b)'", "x = 'placeholder'", True),
        ("# a(b)\nx = 1", "# placeholder\nx = 1", True),
        ("x = f'{a}'", "x = f'placeholder'", False),
        ("x = 'a' + b", "x = 'placeholder'", False),
        ("x = 1\ny", "x = 1", False),
        ("x = '", "x = 'placeholder'", False),
        ("import os\nx = 'a(b)'\nos.system('ls')", "import os\nx = 'placeholder'\nos.system('ls')", False),
        ("from os import popen\nx = '$(a)'", "from os import popen\nx = 'placeholder'", False),
        ("x = 1", "x = 1", True),
    ],
)
def test_a_script_is_the_same_if_only_its_texts_differ(script: str, plain: str, same: bool) -> None:
    assert same_code("hook.py", script, plain, same_texts=False) is same
    assert same_code("hook.sh", script, plain, same_texts=False) is (script == plain)


def test_an_answer_that_asks_for_too_much_memory_is_ended(world: World, tmp_path: Path) -> None:
    made = template(
        tmp_path / "greedy", {"big.txt": "{{ 'a' * (cookiecutter.size|int) }}"}, variables=VARIABLES
    )
    world.trust(made.root)
    world.record({"size": "3000000000"}, template=str(made.root), commit=_head(made.root))
    ran = world.run("check")
    assert ran.code == 3
    assert "needs more memory than a rendering may have" in ran.err


@pytest.mark.parametrize("where", [".cruft.json", "pyproject.toml"])
def test_skip_is_a_filter_and_deletes_nothing(where: str, world: World) -> None:
    skip = [str(world.outside), "../outside", "/", "*", "src/*/../../../outside"]
    if where == ".cruft.json":
        world.record(skip=skip[:3])
    else:
        write(world.project, {"pyproject.toml": f"[tool.cruft]\nskip = {skip[:3]!r}\n"})
    world.settle()
    for verb in VERBS:
        assert world.run(verb).code == 0
