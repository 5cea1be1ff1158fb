"""Which of the repos that a forge lists are looked at."""

from dataclasses import dataclass

from mlscaffold.core.errors import MlscaffoldError
from mlscaffold.core.forge import Repo


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of the listed repos are looked at; the others are named and skipped."""

    skip_forks: bool = False
    topics: frozenset[str] = frozenset()

    def why_not(self, repo: Repo) -> str:
        """Return why a repo is skipped, "" if it is not.

        Raises MlscaffoldError if that is asked by topics, and the forge does not tell them.
        """
        if self.topics and repo.topics is None:
            raise MlscaffoldError(
                f"The forge does not tell which topics {repo.name} has.",
                "Leave --topic out, and choose by names: --repo-include RE.",
            )
        reasons = {
            "archived": repo.archived,
            "empty": repo.empty,
            "a mirror": repo.mirror,
            "a fork, and --skip-forks": repo.fork and self.skip_forks,
            f"without the topic {' or '.join(sorted(self.topics))}": bool(self.topics)
            and self.topics.isdisjoint(repo.topics or ()),
        }
        return next((why for why, holds in reasons.items() if holds), "")
