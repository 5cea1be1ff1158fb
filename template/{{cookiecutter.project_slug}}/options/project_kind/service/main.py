"""The one way in: `python main.py train --config conf/train.toml`, and `--help` for the rest."""

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "src"))  # the code that runs is the code whose commit is recorded
os.environ.setdefault("LUIGI_CONFIG_PATH", str(ROOT / "luigi.cfg"))

OK, BAD_CONFIG, WRONG_CODE, TASK_FAILED = 0, 2, 3, 40


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", required=True, help="a file of conf/")
    common.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one value, as in a.b=1")
    train = verbs.add_parser("train", parents=[common], help="train, cross-validate and evaluate")
    train.add_argument("--fold", help="only this fold, counted from 0; env: JOB_COMPLETION_INDEX")
    train.add_argument("--rerun", metavar="TASK", help="forget this task's results, and all that depend on them")
    verbs.add_parser("tree", parents=[common], help="show the tasks and which of them are done")
    task = verbs.add_parser("task", help="run any task with gokart's own command line", add_help=False)
    task.add_argument("arguments", nargs=argparse.REMAINDER)
    return top


def run(options: argparse.Namespace) -> None:
    """Do what was asked and show what came out."""
    from package_name import run  # luigi reads its configuration when it is imported

    if options.verb == "train":
        print(json.dumps(run.train(options.config, options.set, options.fold, options.rerun), indent=2))
    elif options.verb == "tree":
        print(run.tree(options.config, options.set))
    else:
        run.task(options.arguments)


def main() -> int:
    """Run, and turn what went wrong into a sentence and an exit code."""
    options = parser().parse_args()
    from package_name.commit import WrongCodeError
    from package_name.config import ConfigError
    from package_name.run import TaskFailedError

    codes = {ConfigError: BAD_CONFIG, WrongCodeError: WRONG_CODE, TaskFailedError: TASK_FAILED}
    try:
        run(options)
    except tuple(codes) as error:
        print(error, file=sys.stderr)
        return codes[type(error)]
    return OK


if __name__ == "__main__":
    sys.exit(main())
