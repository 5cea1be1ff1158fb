"""The options that choose repos, as they are typed: for the command that comes next."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from mlscaffold.cli.fleet.selecting import Chosen


def typed(chosen: Chosen, journal: Path | None) -> str:
    """Return the options that choose the same repos and the same journal, to be pasted."""
    given: dict[str, Sequence[object]] = {
        "--local": chosen.local,
        "--from": chosen.from_,
        "--org": chosen.org,
        "--user": chosen.user,
        "--topic": chosen.topic,
        "--repo": chosen.repo,
        "--repo-include": [chosen.include],
        "--repo-exclude": [chosen.exclude],
        "--platform": [
            chosen.platform if chosen.at_forge and (chosen.from_ or chosen.platform != "github") else None
        ],
        "--base-url": [chosen.base_url],
        "--shard": [chosen.shard],
        "--journal": [journal],
    }
    words = [
        str(word) for option, values in given.items() for value in values if value for word in (option, value)
    ]
    return shlex.join([*words, *["--skip-forks"] * chosen.skip_forks])
