"""The one way in: `python main.py train --config conf/train.toml`, and `--help` for the rest."""

import argparse
import gc
import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "src"))  # the code that runs is the code whose commit is recorded
os.environ.setdefault("LUIGI_CONFIG_PATH", str(ROOT / "luigi.cfg"))

OK, NOT_GOOD_ENOUGH, BAD_CONFIG, WRONG_CODE, TASK_FAILED, INTERRUPTED = 0, 1, 2, 3, 40, 130


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", required=True, help="a file of conf/")
    common.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one value, as in a.b=1")
    train = verbs.add_parser("train", parents=[common], help="train, cross-validate and evaluate")
    part = train.add_mutually_exclusive_group()
    part.add_argument("--fold", help="only this fold, counted from 0; env: JOB_COMPLETION_INDEX")
    part.add_argument("--until", metavar="TASK", help="only up to this task")
    train.add_argument("--rerun", metavar="TASK", help="forget this task's results, and all that depend on them")
    verbs.add_parser("evaluate", parents=[common], help="show the metrics; exit 1 if they are below the minimum")
    predict = verbs.add_parser("predict", parents=[common], help="predict with a recorded model")
    how = predict.add_mutually_exclusive_group()
    how.add_argument("--shard", help="only this shard, as 0 or 0/8, counted from 0; env: JOB_COMPLETION_INDEX")
    how.add_argument("--queue", metavar="FOLDER", help="answer the requests that lie in a folder")
    how.add_argument("--http", metavar="PORT", type=int, help="answer requests over HTTP")
    verbs.add_parser("retrain", parents=[common], help="train, record the model, and select the best one recorded")
    verbs.add_parser("tree", parents=[common], help="show the tasks and which of them are done")
    task = verbs.add_parser("task", help="run any task with gokart's own command line", add_help=False)
    task.add_argument("arguments", nargs=argparse.REMAINDER)
    return top


def run(options: argparse.Namespace) -> Any:
    """Do what was asked and give what came out."""
    from package_name import run  # luigi reads its configuration when it is imported

    if options.verb == "task":
        return run.run_task(options.arguments)
    given = (options.config, options.set)
    if options.verb == "train":
        return run.train(*given, options.fold, options.until, options.rerun)
    if options.verb == "predict" and options.queue is not None:
        return run.answer_queue(*given, options.queue)
    if options.verb == "predict" and options.http is not None:
        return run.serve(*given, options.http)
    if options.verb == "predict":
        return run.predict(*given, options.shard)
    return {"evaluate": run.evaluate, "retrain": run.retrain, "tree": run.tree}[options.verb](*given)


def set_logging_up(level: str | None) -> None:
    """Show what this project logs; LOG_LEVEL=INFO shows what luigi and gokart log too."""
    logging.basicConfig(level=level or "INFO", format="%(asctime)s %(levelname)s %(message)s")
    for chatty in () if level else ("gokart", "luigi", "luigi-interface"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)


def main() -> int:
    """Run, show the result, and turn what went wrong into a sentence and an exit code."""
    options = parser().parse_args()
    set_logging_up(os.environ.get("LOG_LEVEL"))
    gc.disable()  # imports make no garbage, and looking for it costs a tenth of the start
    from package_name import commit, config, storage
    from package_name import run as verbs

    gc.enable()

    codes: dict[type[BaseException], int] = {
        verbs.NotGoodEnoughError: NOT_GOOD_ENOUGH,
        config.ConfigError: BAD_CONFIG,
        commit.WrongCodeError: WRONG_CODE,
        verbs.TaskFailedError: TASK_FAILED,
        storage.UnreadableResultError: TASK_FAILED,
        OSError: TASK_FAILED,
        KeyboardInterrupt: INTERRUPTED,
    }
    try:
        result = run(options)
    except tuple(codes) as error:
        print(str(error) or "Interrupted.", file=sys.stderr)
        return next(code for kind, code in codes.items() if isinstance(error, kind))
    if result is not None:
        print(result if isinstance(result, str) else json.dumps(result, indent=2))
    return OK


if __name__ == "__main__":
    sys.exit(main())
