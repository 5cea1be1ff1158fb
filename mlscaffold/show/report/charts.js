'use strict';
// The charts of the whole organisation, drawn by Chart.js. Colours come from the style sheet, so that they follow its theme.

const AGES = [[7, '0–7'], [30, '8–30'], [90, '31–90'], [180, '91–180'], [365, '181–365'], [Infinity, 'over 365']];
const TOP = 12;
const CHARTS = {};

function tail(text, most) {
  return text.length <= most ? text : `…${text.slice(1 - most)}`;
}

function settleCharts() {
  const { defaults } = Chart;
  defaults.animation = false;
  defaults.maintainAspectRatio = false;
  defaults.font.family = getComputedStyle(document.body).fontFamily;
  defaults.font.size = 12;
  defaults.plugins.legend.display = false;
  defaults.plugins.tooltip.displayColors = false;
}

function paint() {
  Chart.defaults.color = colour('--soft');
  Chart.defaults.borderColor = colour('--line');
}

function widthOf(place) {
  return document.getElementById(place).clientWidth;
}

function draw(name, config, says) {
  const canvas = document.getElementById(name);
  canvas.setAttribute('aria-label', says);
  CHARTS[name]?.destroy();
  CHARTS[name] = new Chart(canvas, config);
}

function bare(more = {}) {
  return { grid: { display: false }, border: { display: false }, ...more };
}

function drawStates() {
  const datasets = PRESENT.map(({ state, count }) => ({
    label: state, data: [count], backgroundColor: colour(stateColour(state)), borderColor: colour('--paper'), borderWidth: { right: 1 },
    borderSkipped: false, barPercentage: 1, categoryPercentage: 1,
  }));
  draw('states', {
    type: 'bar',
    data: { labels: [''], datasets },
    options: {
      indexAxis: 'y',
      layout: { padding: 0 },
      interaction: { mode: 'nearest', axis: 'x' },
      plugins: { tooltip: { callbacks: { label: (item) => `${item.dataset.label}: ${plural(item.raw, 'repo')}` } } },
      scales: { x: { stacked: true, display: false, max: REPOS.length }, y: { stacked: true, display: false } },
      onClick: (event, [hit]) => hit && toggleState(PRESENT[hit.datasetIndex].state),
    },
  }, `Repos by state: ${PRESENT.map(({ state, count }) => `${count} ${state}`).join(', ')}`);
}

// Runs of one day are told apart by the hour.
function runTime(from, to) {
  if (day(from) === day(to)) return (seconds) => minute(seconds).slice(11, 16);
  return to - from < 3 * DAY ? (seconds) => minute(seconds).slice(5, 16) : day;
}

function moments(from, to) {
  const most = widthOf('time-box') < 420 ? 2 : 3;
  return Array.from({ length: most + 1 }, (_, place) => ({ value: from + (place * (to - from)) / most }));
}

function spanned(from, to) {
  return day(from) === day(to) ? `${minute(from).slice(0, 16)} to ${minute(to).slice(11)}` : `${day(from)} to ${day(to)}`;
}

function drawTime() {
  const note = document.getElementById('time-note');
  document.getElementById('time-box').hidden = DATA.points.length < 2;
  if (DATA.points.length < 2) {
    note.textContent = 'There was one run so far. Each further run adds a point.';
    return;
  }
  const of = DATA.runs > DATA.points.length ? `The last ${DATA.points.length.toLocaleString('en')} of ${plural(DATA.runs, 'run')}` : plural(DATA.runs, 'run');
  note.textContent = `Repos by state after each run: ${of}, ${spanned(DATA.points[0][0], DATA.points.at(-1)[0])}.`;
  const most = Math.max(...DATA.points.map(([, counts]) => counts.reduce((sum, count) => sum + count)));
  const states = COUNTS.filter(({ place }) => DATA.points.some(([, counts]) => counts[place]));
  const datasets = states.map(({ state, place }, index) => ({
    label: state, data: DATA.points.map(([at, counts]) => ({ x: at, y: counts[place] })), fill: index ? '-1' : 'origin',
    backgroundColor: colour(stateColour(state)), borderColor: colour('--paper'), borderWidth: 1,
    pointRadius: 0, pointHitRadius: 8, pointHoverRadius: 3,
  }));
  draw('time', {
    type: 'line',
    data: { datasets },
    options: {
      parsing: false,
      interaction: { mode: 'index', intersect: false },
      plugins: {
        tooltip: {
          filter: (item) => item.parsed.y > 0,
          itemSort: (one, other) => other.datasetIndex - one.datasetIndex,
          callbacks: {
            title: ([item]) => (item ? minute(item.parsed.x) : ''),
            label: (item) => `${item.dataset.label}: ${DATA.points[item.dataIndex][1][states[item.datasetIndex].place].toLocaleString('en')}`,
          },
        },
      },
      scales: {
        x: bare({ type: 'linear', min: DATA.points[0][0], max: DATA.points.at(-1)[0], ticks: { callback: runTime(DATA.points[0][0], DATA.points.at(-1)[0]), maxRotation: 0, align: 'inner' }, afterBuildTicks: (axis) => { axis.ticks = moments(axis.min, axis.max); } }),
        y: { stacked: true, border: { display: false }, min: 0, max: most, ticks: { maxTicksLimit: 5, precision: 0, includeBounds: false } },
      },
    },
  }, note.textContent);
}

function drawAges() {
  const behind = REPOS.filter(({ days }) => days !== null);
  const note = document.getElementById('age-note');
  document.getElementById('age-box').hidden = !behind.length;
  note.textContent = behind.length
    ? `Age of the oldest template change that a repo lacks; ${plural(behind.length, 'repo')} ${behind.length === 1 ? 'lacks' : 'lack'} one.`
    : 'No repo is known to lack a change of its template.';
  if (!behind.length) return;
  const bins = AGES.map(([most], place) => behind.filter(({ days }) => days <= most && days > (place ? AGES[place - 1][0] : -1)).length);
  draw('age', {
    type: 'bar',
    data: { labels: AGES.map(([, label]) => label), datasets: [{ data: bins, backgroundColor: colour('--behind'), maxBarThickness: 60, categoryPercentage: 0.92 }] },
    options: {
      plugins: { tooltip: { callbacks: { title: ([item]) => `${item.label} days`, label: (item) => plural(item.raw, 'repo') } } },
      scales: { x: bare(), y: { border: { display: false }, beginAtZero: true, ticks: { maxTicksLimit: 5, precision: 0 } } },
    },
  }, `Repos by days behind: ${AGES.map(([, label], place) => `${label}: ${bins[place]}`).join(', ')}`);
}

function drawTop() {
  const top = FILES.slice(0, TOP);
  const note = document.getElementById('top-note');
  document.getElementById('top-box').hidden = !top.length;
  note.textContent = top.length
    ? `Repos in which a file is not as its rule wants it; ${FILES.length > TOP ? `the first ${TOP} of ${plural(FILES.length, 'file')}` : plural(FILES.length, 'file')}. Choose one to see its repos.`
    : 'No file is known to differ.';
  if (!top.length) return;
  document.getElementById('top-box').style.height = `${60 + 24 * top.length}px`;
  const datasets = COMMON_WORDS.map((word) => ({
    label: word, data: top.map(({ words }) => words[word] || 0), backgroundColor: colour(wordColour(word)), maxBarThickness: 18,
  }));
  draw('top', {
    type: 'bar',
    data: { labels: top.map(({ name }) => tail(name, widthOf('top-box') < 420 ? 22 : 34)), datasets },
    options: {
      indexAxis: 'y',
      interaction: { mode: 'index', axis: 'y', intersect: false },
      plugins: {
        tooltip: {
          filter: (item) => item.raw > 0,
          callbacks: { title: ([item]) => (item ? top[item.dataIndex].name : ''), label: (item) => `${item.dataset.label} in ${plural(item.raw, 'repo')}` },
        },
      },
      scales: { x: { stacked: true, border: { display: false }, ticks: { maxTicksLimit: 5, precision: 0 } }, y: bare({ stacked: true, ticks: { autoSkip: false } }) },
      onClick: (event, [hit]) => hit && filterFile(top[hit.index].file),
    },
  }, `Files that differ most: ${top.map(({ name, repos }) => `${name} in ${repos}`).join(', ')}`);
}

function drawWhole() {
  paint();
  drawStates();
  drawTime();
  drawAges();
  drawTop();
}
