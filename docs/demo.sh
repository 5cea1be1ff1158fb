#!/usr/bin/env bash
# The main job, start to end, in a temporary folder and without a network: a project is created, its pipeline
# runs, the template changes, and check → diff → update → check bring the project up to date.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PATH="$root/.venv/bin:$PATH" HOME="$work/home" GIT_PAGER=cat
export XDG_CONFIG_HOME="$HOME/.config" XDG_CACHE_HOME="$HOME/.cache" GIT_CONFIG_NOSYSTEM=1
mkdir -p "$HOME"

step() { printf '\n\033[1m# %s\033[m\n' "$1"; }
run() { printf '\033[36m$ %s\033[m\n' "$*"; "$@"; }
expect() { # expect CODE COMMAND...: run it, and stop the demo if it ends in another way
    local wanted=$1 code=0
    shift
    run "$@" || code=$?
    [ "$code" -eq "$wanted" ] || { echo "demo: exit code $code, expected $wanted" >&2; exit 1; }
}
as_org() { git -c user.name="Template team" -c user.email=template@example.com "$@"; }

step "An organisation's own copy of the template"
run git clone --quiet "$root" "$work/scaffold"

step "A new project: its record, its first commit"
cd "$work"
run mlscaffold new churn-model --no-input --template "$work/scaffold" --directory template
cd churn-model
run git log --oneline

step "Lint, types and tests are green; the pipeline runs, and its second run is answered by the cache"
run make check RUN=
run make train RUN=
run make train RUN=

step "In sync with its template"
expect 0 mlscaffold check

step "The team edits the README; the template team changes the standard"
printf '\n## Our team\n\nAsk in #churn.\n' >>README.md
git -c user.name=Team -c user.email=team@example.com commit --quiet --all --message "Say who we are"
sed -i.bak 's/^line-length = .*/line-length = 100/' "$work/scaffold/template/"*/ruff.toml
rm "$work/scaffold/template/"*/ruff.toml.bak
as_org -C "$work/scaffold" commit --quiet --all --message "Shorter lines"

step "check says where the project stands, diff what the difference is"
expect 1 mlscaffold check
run mlscaffold diff ruff.toml

step "update merges it, and leaves it staged"
expect 0 mlscaffold update
run git status --short
git -c user.name=Team -c user.email=team@example.com commit --quiet --message "Update from the template"

step "In sync again; the team's edit is still there"
expect 0 mlscaffold check
run tail -n 3 README.md
