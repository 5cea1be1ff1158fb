'use strict';
// Repos against files, for the repos that the filter leaves, in their order. Where there are more repos than lines, a
// line is several repos, and its colour is the stronger the more of them have the file's commonest word. Repos in which
// no file differs have no line.

const MOST_LINES = 96;
const NAMED_LINES = 48;
const CELL = 15;
const MOST_COLUMNS = 60;
const HEADS = { wide: 160, narrow: 115 };

function bands(repos) {
  const size = Math.max(1, Math.ceil(repos.length / MOST_LINES));
  const found = [];
  for (let start = 0; start < repos.length; start += size) found.push(repos.slice(start, start + size));
  return found;
}

function columns(width, labels) {
  const room = Math.max(6, Math.floor((width - labels) / CELL));
  const differing = new Map();
  for (const repo of shown) for (const { file } of repo.files) differing.set(file, (differing.get(file) || 0) + 1);
  const ordered = FILES.filter(({ file }) => differing.has(file)).sort((one, other) => differing.get(other.file) - differing.get(one.file));
  return { files: ordered.slice(0, Math.min(MOST_COLUMNS, room)), all: ordered.length, room: Math.min(MOST_COLUMNS, room) };
}

function cells(lines, files) {
  const places = new Map(files.map(({ file }, place) => [file, place]));
  const found = [];
  lines.forEach((line, y) => {
    const sums = new Map();
    for (const repo of line) {
      for (const { file, word } of repo.files) {
        if (!places.has(file)) continue;
        const sum = sums.get(file) || {};
        sum[word] = (sum[word] || 0) + 1;
        sums.set(file, sum);
      }
    }
    for (const [file, words] of sums) {
      const [word, count] = Object.entries(words).reduce((one, other) => (other[1] > one[1] ? other : one));
      found.push({ x: places.get(file), y, word, words, step: Math.ceil((4 * count) / line.length) });
    }
  });
  return found;
}

function mixed(name, step) {
  const [ink, paper] = [colour(name), colour('--empty')].map((text) => (text.length === 4 ? text.replace(/[^#]/g, '$&$&') : text));
  const part = (text, place) => parseInt(text.slice(1 + 2 * place, 3 + 2 * place), 16);
  const share = [0, 0.3, 0.55, 0.8, 1][step];
  return `rgb(${[0, 1, 2].map((place) => Math.round(part(ink, place) * share + part(paper, place) * (1 - share))).join(' ')})`;
}

function lineName(line) {
  return line.length === 1 ? line[0].name : `${plural(line.length, 'repo')}, ${line[0].name} to ${line.at(-1).name}`;
}

function heatNote(lines, differing, files, all) {
  if (!differing) return shown.length ? 'In these repos no file is known to differ.' : '';
  const each = lines.length === differing ? 'Each line is a repo' : `Each line is ${plural(lines[0].length, 'repo')}, and the stronger a colour the more of them`;
  const most = all > files.length ? `the ${files.length} that differ most of ${all.toLocaleString('en')} files` : `all ${plural(files.length, 'file')} that differ${files.length === 1 ? 's' : ''}`;
  const left = shown.length - differing;
  const without = left ? ` ${plural(left, 'repo')} in which none differs ${left === 1 ? 'is' : 'are'} left out.` : '';
  return `${each}; the columns are ${most}. The map follows the filter and the order.${without}`;
}

function heatData(lines, files, room) {
  const groups = new Map();
  for (const each of cells(lines, files)) {
    const key = `${each.word} ${each.step}`;
    if (!groups.has(key)) groups.set(key, { word: each.word, step: each.step, data: [] });
    groups.get(key).data.push(each);
  }
  const width = ({ chart }) => (chart.chartArea ? chart.chartArea.width / room - 1 : 1);
  const height = ({ chart }) => (chart.chartArea ? chart.chartArea.height / lines.length - (lines.length > NAMED_LINES ? 0.5 : 1) : 1);
  return [...groups.values()].map(({ word, step, data }) => ({ label: word, data, width, height, backgroundColor: mixed(wordColour(word), step), borderWidth: 0 }));
}

function heatScales(lines, files, room, named, wide) {
  const last = { type: 'linear', offset: false, min: -0.5 };
  return {
    x: bare({ ...last, max: room - 0.5, position: 'top', ticks: { display: true, stepSize: 1, autoSkip: false, minRotation: 90, maxRotation: 90, font: { size: 11 }, callback: (value) => (Number.isInteger(value) ? tail(files[value].name, wide ? 26 : 18) : null) }, afterFit: (axis) => { axis.height = wide ? HEADS.wide : HEADS.narrow; }, afterBuildTicks: (axis) => { axis.ticks = files.map((_, value) => ({ value })); } }),
    y: bare({ ...last, max: lines.length - 0.5, reverse: true, ticks: { display: named, autoSkip: false, font: { size: 11 }, callback: (value) => tail(lines[value][0].name, wide ? 30 : 14) }, afterBuildTicks: (axis) => { axis.ticks = lines.map((_, value) => ({ value })); } }),
  };
}

function drawHeat() {
  const width = widthOf('heat-part');
  const wide = width > 600;
  const differing = shown.filter((repo) => repo.files.length);
  const lines = bands(differing);
  const named = lines.length === differing.length && lines.length <= NAMED_LINES;
  const { files, all, room } = columns(width, named ? (wide ? 190 : 95) : 10);
  document.getElementById('heat-note').textContent = heatNote(lines, differing.length, files, all);
  const box = document.getElementById('heat-box');
  box.hidden = !files.length;
  if (!files.length) return;
  const height = named ? Math.max(16, CELL) * lines.length : Math.max(3, Math.min(14, 380 / lines.length)) * lines.length;
  box.style.height = `${Math.round(height + (wide ? HEADS.wide : HEADS.narrow))}px`;
  draw('heat', {
    type: 'matrix',
    data: { datasets: heatData(lines, files, room) },
    options: {
      plugins: { tooltip: { callbacks: { title: () => '', label: ({ raw }) => [lineName(lines[raw.y]), files[raw.x].name, Object.entries(raw.words).map(([word, count]) => (lines[raw.y].length === 1 ? word : `${word} in ${count}`)).join(', ')] } } },
      scales: heatScales(lines, files, room, named, wide),
      onClick: (event, [hit]) => hit && filterFile(files[event.chart.data.datasets[hit.datasetIndex].data[hit.index].x].file),
    },
  }, `Files against repos. ${files.slice(0, 5).map(({ name, repos }) => `${name} differs in ${repos}`).join(', ')}`);
}
