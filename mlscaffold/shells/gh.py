"""GitHub's own command line, asked for the token that its user gave it: https://cli.github.com/manual/gh_auth_token"""

import subprocess

SECONDS = 20


def token(host: str) -> str:
    """Return the token for a host, "" if there is no `gh` here or it has none."""
    try:
        done = subprocess.run(
            ["gh", "auth", "token", "--hostname", host], capture_output=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else ""
