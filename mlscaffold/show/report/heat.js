'use strict';
// Repos against files, for the repos that the filter leaves, in their order. Where there are more repos than lines, a
// line is several repos, and its colour is the stronger the more of them have the file's commonest word. Repos in which
// no file differs have no line.

const MOST_LINES = 64;
const NAMED_LINES = 48;
const CELL = 15;
const MOST_COLUMNS = 60;
const LINE = 16;
const HEIGHT = 400;
const LABEL_OFFSET = 13; // Chart.js puts a label that is turned, and above, one line of text beside its tick

function bands(repos) {
  const size = Math.max(1, Math.ceil(repos.length / MOST_LINES));
  const found = [];
  for (let start = 0; start < repos.length; start += size) found.push(repos.slice(start, start + size));
  return found;
}

function columns(repos, room) {
  const differing = new Map();
  for (const repo of repos) for (const { file } of repo.files) differing.set(file, (differing.get(file) || 0) + 1);
  const ordered = FILES.filter(({ file }) => differing.has(file)).sort((one, other) => differing.get(other.file) - differing.get(one.file));
  return { files: ordered.slice(0, room), all: ordered.length };
}

// A cell for each line and file that differs there: its commonest word, and in how many quarters of the line's repos.
function cells(lines, files) {
  const kinds = DATA.words.length;
  const places = new Int16Array(DATA.files.length).fill(-1);
  files.forEach(({ file }, place) => { places[file] = place; });
  const sums = new Uint16Array(files.length * kinds);
  const found = [];
  lines.forEach((line, y) => {
    sums.fill(0);
    for (const repo of line) for (const { file, kind } of repo.files) if (places[file] >= 0) sums[places[file] * kinds + kind] += 1;
    for (let x = 0; x < files.length; x += 1) {
      let most = 0;
      for (let kind = 1; kind < kinds; kind += 1) if (sums[x * kinds + kind] > sums[x * kinds + most]) most = kind;
      const count = sums[x * kinds + most];
      if (count) found.push({ x, y, word: DATA.words[most][0], step: Math.ceil((4 * count) / line.length) });
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

function heatData(lines, files, size) {
  const groups = new Map();
  for (const each of cells(lines, files)) {
    const key = `${each.word} ${each.step}`;
    if (!groups.has(key)) groups.set(key, { word: each.word, step: each.step, data: [] });
    groups.get(key).data.push(each);
  }
  const gap = size.line > 8 ? 1 : 0.5;
  return [...groups.values()].map(({ word, step, data }) => ({
    label: word, data, width: size.column - 1, height: size.line - gap, backgroundColor: mixed(wordColour(word), step), borderWidth: 0,
  }));
}

function heatScales(lines, files, size) {
  const font = { size: 11 };
  const each = (list) => list.map((_, value) => ({ value }));
  return {
    x: bare({
      type: 'linear', position: 'top', min: -0.5, max: size.room - 0.5,
      ticks: {
        autoSkip: false, minRotation: 90, maxRotation: 90, font, labelOffset: LABEL_OFFSET,
        callback: (value) => tail(files[value].name, size.wide ? 24 : 17),
      },
      afterFit: (axis) => { axis.height = size.head; },
      afterBuildTicks: (axis) => { axis.ticks = each(files); },
    }),
    y: bare({
      type: 'linear', reverse: true, min: -0.5, max: lines.length - 0.5,
      ticks: { display: size.named, autoSkip: false, font, callback: (value) => tail(lines[value][0].name, size.wide ? 30 : 14) },
      afterFit: (axis) => { axis.width = size.side; },
      afterBuildTicks: (axis) => { axis.ticks = each(lines); },
    }),
  };
}

// How much room there is: `side` for the names of repos, `head` for those of files, and so many columns.
function heatSize(lines, named) {
  const width = widthOf('heat-part');
  const wide = width > 600;
  const side = named ? (wide ? 190 : 95) : 6;
  const room = Math.min(MOST_COLUMNS, Math.max(6, Math.floor((width - side) / CELL)));
  const line = named ? LINE : Math.max(5, Math.min(LINE, HEIGHT / lines));
  return { wide, named, side, head: wide ? 160 : 115, room, column: (width - side) / room, line };
}

function heatTip(line, { file, name }) {
  const words = {};
  for (const repo of line) for (const each of repo.files) if (each.file === file) words[each.word] = (words[each.word] || 0) + 1;
  const told = Object.entries(words).map(([word, count]) => (line.length === 1 ? word : `${word} in ${count.toLocaleString('en')}`));
  return [lineName(line), name, told.join(', ')];
}

function drawHeat() {
  const differing = shown.filter((repo) => repo.files.length);
  const lines = bands(differing);
  const size = heatSize(lines.length, lines.length === differing.length && lines.length <= NAMED_LINES);
  const { files, all } = columns(differing, size.room);
  const note = heatNote(lines, differing.length, files, all);
  document.getElementById('heat-note').textContent = note;
  const box = document.getElementById('heat-box');
  box.hidden = !files.length;
  if (!files.length) return;
  box.style.height = `${Math.round(size.line * lines.length + size.head)}px`;
  draw('heat', {
    type: 'matrix',
    data: { datasets: heatData(lines, files, size) },
    options: {
      parsing: false,
      normalized: true,
      layout: { autoPadding: false },
      plugins: { tooltip: { callbacks: { title: () => '', label: ({ raw }) => heatTip(lines[raw.y], files[raw.x]) } } },
      scales: heatScales(lines, files, size),
      onClick: (event, [hit]) => hit && filterFile(files[event.chart.data.datasets[hit.datasetIndex].data[hit.index].x].file),
    },
  }, `Repos and files. ${note}`);
}
