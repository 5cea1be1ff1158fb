'use strict';
// What stands in words: when the data was taken, the figures, the states, pull requests and waivers that wait for somebody.

const LISTED = 8;

function showTaken() {
  const from = DATA.points.length && DATA.runs > 1 ? ` since ${day(DATA.points[0][0])}` : '';
  const step = DATA.step === 'check' ? 'fleet check' : 'fleet update';
  const cut = DATA.cut === null ? '' : ` The newest run did not come to its end: it told of ${plural(DATA.cut, 'repo')}, and the others are shown as an earlier run found them, if any did.`;
  document.getElementById('taken').textContent = `Taken ${minute(DATA.at)}, from ${plural(DATA.runs, 'run')} of mlscaffold ${step}${from}.${cut}`;
  const unread = DATA.unread ? ` ${plural(DATA.unread, 'line')} of the journal could not be read and ${DATA.unread === 1 ? 'is' : 'are'} not in it.` : '';
  document.getElementById('about').textContent = `Made ${minute(DATA.made)} by mlscaffold ${DATA.version} from the journal of its runs; a repo is shown as the last run found it.${unread} Charts: Chart.js and chartjs-chart-matrix, MIT licence. This file loads nothing.`;
}

function count(number, one, many) {
  return number === 1 ? one : many;
}

function figure(number, words) {
  const made = element('div', undefined, { class: 'figure' });
  made.append(element('b', number), words);
  return made;
}

function showFigures() {
  const well = REPOS.filter(({ state }) => WELL.has(state)).length;
  const days = REPOS.map((repo) => repo.days).filter((each) => each !== null).sort((one, other) => one - other);
  const waiting = REPOS.filter((repo) => repo.waiting).length;
  const ending = REPOS.flatMap(({ waivers }) => waivers).filter(({ left }) => left !== null && left <= SOON_DAYS).length;
  const made = [
    figure(REPOS.length.toLocaleString('en'), count(REPOS.length, 'repo', 'repos')),
    figure(REPOS.length ? `${Math.floor((100 * well) / REPOS.length)} %` : '–', DATA.step === 'check' ? 'in sync' : 'with nothing to do'),
    figure(FILES.length.toLocaleString('en'), count(FILES.length, 'file differs somewhere', 'files differ somewhere')),
    figure(days.length ? days[Math.floor(days.length / 2)].toLocaleString('en') : '–', 'days behind, median of those that are'),
    figure(waiting.toLocaleString('en'), count(waiting, 'update waits', 'updates wait')),
    figure(ending.toLocaleString('en'), `${count(ending, 'waiver ends', 'waivers end')} in ${SOON_DAYS} days, or ${count(ending, 'has', 'have')} ended`),
  ];
  document.getElementById('figures').append(...made);
}

function showChips() {
  for (const { state, count, place } of PRESENT) {
    const chip = element('button', undefined, { type: 'button', 'aria-pressed': 'false', title: DATA.states[place][1] });
    chip.dataset.state = state;
    chip.append(mark(stateColour(state)), `${state} ${count.toLocaleString('en')}`);
    chip.addEventListener('click', () => toggleState(state));
    document.getElementById('chips').append(chip);
  }
  for (const legend of document.querySelectorAll('.words')) legend.append(...COMMON_WORDS.map(wordKey));
}

function wordKey(word) {
  const key = element('span', undefined, { title: DATA.words.find(([each]) => each === word)[1] });
  key.append(mark(wordColour(word)), word);
  return key;
}

function listed(place, rowsOf, heads, only, empty) {
  const box = document.getElementById(place);
  if (!rowsOf.length) {
    box.append(element('p', empty, { class: 'note' }));
    return;
  }
  const table = element('table', undefined, { class: 'list' });
  const head = element('tr');
  head.append(...heads.map((text) => element('th', text, { scope: 'col' })));
  table.append(head, ...rowsOf.slice(0, LISTED).map((cellsOf) => {
    const made = element('tr');
    made.append(...cellsOf.map((content, place) => cell(heads[place], place === 2 ? 'date' : '', content)));
    return made;
  }));
  box.append(table);
  if (rowsOf.length <= LISTED) return;
  const all = element('button', `All ${rowsOf.length.toLocaleString('en')} in the list of repos`, { type: 'button' });
  all.addEventListener('click', () => filterOnly(only));
  box.append(all);
}

function waitingCell(pull) {
  const word = element('span', updateWord(pull));
  if (!pull.url && pull.why) word.append(element('span', ` ${pull.why}`, { class: 'soft' }));
  return word;
}

function showPulls() {
  const waiting = REPOS.filter(({ waiting }) => waiting).sort((one, other) => one.pull.since - other.pull.since);
  listed('pulls', waiting.map((repo) => [
    link(repo.name, repo.pull.url), waitingCell(repo.pull), day(repo.pull.since),
  ]), ['Repo', 'State', 'First seen'], 'pull', 'None that the journal knows of: mlscaffold fleet update makes pull requests (--publish) and branches in clones (--apply), fleet status looks at pull requests again.');
}

function showWaivers() {
  const ending = REPOS.flatMap((repo) => repo.waivers.filter(({ left }) => left !== null && left <= SOON_DAYS).map((waiver) => ({ repo, ...waiver })));
  ending.sort((one, other) => one.left - other.left);
  listed('waivers', ending.map(({ repo, path, until, left, reason }) => {
    const file = element('span', path, { class: 'cut', title: reason });
    return [link(repo.name, repo.page), file, left < 0 ? `ended ${until}` : `${until}, ${plural(left, 'day')}`];
  }), ['Repo', 'File', 'Until'], 'waiver', `None ends in the ${SOON_DAYS} days after this report was made.`);
}
