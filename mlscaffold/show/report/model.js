'use strict';
// The data of the report, and the questions that the page asks of it.

const DATA = JSON.parse(document.getElementById('data').textContent);
const SOON_DAYS = 30;
const DAY = 86400;

const STATE_COLOURS = {
  'error': '--bad', 'untrusted': '--bad', 'refused': '--bad', 'conflicts': '--split', 'partly updated': '--split', 'diverged': '--split',
  'drifted': '--drift', 'behind': '--behind', 'left to a person': '--person', 'would be updated': '--open',
  'waits for a later wave': '--open', 'ready to merge': '--open', 'pull request failing': '--split', 'pull request waiting': '--open', 'pull request open': '--open', 'pull request closed': '--none',
  'would be withdrawn': '--open',
  'withdrawn': '--none', 'no record': '--none', 'skipped': '--skip',
};
const WORD_COLOURS = {
  'diverged': '--split', 'missing': '--lost', 'behind': '--behind', 'modified': '--drift', 'forbidden': '--bad',
};
const WELL = new Set(['in sync', 'nothing to do', 'updated', 'pull request merged']);
const WAITING = new Set(['pull request failing', 'pull request waiting', 'pull request open', 'left to a person', 'updated', 'ready to merge', 'partly updated', 'conflicts']);

function stateColour(state) {
  return STATE_COLOURS[state] || '--well';
}

function wordColour(word) {
  return WORD_COLOURS[word] || '--other';
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function plural(count, thing) {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;
}

function updateWord(pull) {
  const branches = { 'updated': 'branch', 'ready to merge': 'branch', 'partly updated': 'branch, partly' };
  return branches[pull.state] || pull.state.replace('pull request ', '');
}

function day(seconds) {
  return seconds ? new Date(seconds * 1000).toISOString().slice(0, 10) : '';
}

function minute(seconds) {
  return seconds ? `${new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC` : 'an unknown time';
}

function daysUntil(date) {
  const then = Date.parse(`${date}T00:00:00Z`) / 1000;
  return Number.isFinite(then) ? Math.ceil((then - DATA.made) / DAY) : null;
}

// The repos as the page speaks of them: numbers made words again, and all that a search looks at in one text.
const REPOS = DATA.repos.map((repo, rank) => {
  const files = (repo.files || []).map(([file, kind]) => ({ file, kind, word: DATA.words[kind][0] }));
  const waivers = (repo.waivers || []).map(([path, until, reason]) => ({ path, until, reason, left: daysUntil(until) }));
  const pull = repo.pull && { ...repo.pull, state: DATA.states[repo.pull.state][0] };
  const template = repo.template === undefined ? '' : DATA.templates[repo.template];
  const told = [repo.name, template, repo.why || '', ...files.map(({ file }) => DATA.files[file]), ...waivers.map(({ path }) => path)];
  return {
    ...repo, rank, files, waivers, pull, template, place: repo.state, state: DATA.states[repo.state || 0][0],
    found: repo.found || 0, days: repo.days === undefined ? null : repo.days, text: told.join('\n').toLowerCase(),
    waiting: Boolean(pull && WAITING.has(pull.state)),
    soon: waivers.some(({ left }) => left !== null && left <= SOON_DAYS),
  };
});

const COUNTS = DATA.states.map(([state], place) => ({ state, place, count: 0 }));
for (const repo of REPOS) COUNTS[repo.place || 0].count += 1;
const PRESENT = COUNTS.filter(({ count }) => count);

// Files by how many repos they differ in, most first: [file, word → repos].
const FILES = (() => {
  const found = new Map();
  for (const repo of REPOS) {
    for (const { file, word } of repo.files) {
      if (!found.has(file)) found.set(file, { file, name: DATA.files[file], repos: 0, words: {} });
      const entry = found.get(file);
      entry.repos += 1;
      entry.words[word] = (entry.words[word] || 0) + 1;
    }
  }
  return [...found.values()].sort((one, other) => other.repos - one.repos || one.file - other.file);
})();

// The words that files have here, the commonest first.
const COMMON_WORDS = (() => {
  const sums = Object.fromEntries(DATA.words.map(([word]) => [word, 0]));
  for (const { words } of FILES) for (const [word, count] of Object.entries(words)) sums[word] += count;
  return Object.keys(sums).filter((word) => sums[word]).sort((one, other) => sums[other] - sums[one]);
})();

const ORDERS = {
  state: { label: 'State', key: (repo) => repo.place || 0 },
  repo: { label: 'Repo', key: (repo) => repo.rank },
  days: { label: 'Days behind', key: (repo) => (repo.days === null ? 1 : -repo.days), number: true, most: true },
  found: { label: 'Files', key: (repo) => -repo.found, number: true, most: true },
  pull: { label: 'Update', key: (repo) => (repo.pull ? (repo.waiting ? repo.pull.since : 1e11) : 1e12) },
  at: { label: 'Seen', key: (repo) => repo.at || 0 },
};

const FILTER = { text: '', states: new Set(), template: '', file: '', only: '', order: 'state', down: false };

function fits(repo) {
  return (!FILTER.states.size || FILTER.states.has(repo.state))
    && (!FILTER.text || repo.text.includes(FILTER.text))
    && (FILTER.template === '' || repo.template === FILTER.template)
    && (FILTER.file === '' || repo.files.some(({ file }) => file === FILTER.file))
    && (FILTER.only !== 'pull' || repo.waiting)
    && (FILTER.only !== 'waiver' || repo.soon)
    && (FILTER.only !== 'fault' || !(WELL.has(repo.state) || repo.state === 'skipped' || repo.waits));
}

function chosen() {
  const key = ORDERS[FILTER.order].key;
  const turn = FILTER.down ? -1 : 1;
  return REPOS.filter(fits).map((repo) => [key(repo), repo])
    .sort((one, other) => turn * (one[0] - other[0]) || one[1].rank - other[1].rank).map(([, repo]) => repo);
}
