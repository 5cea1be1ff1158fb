'use strict';
// What the reader does, and the page's answer.

const form = document.getElementById('filter');
let redraw = 0;

function refresh() {
  rows = ROWS;
  shown = chosen();
  showTable();
  drawHeat();
  for (const chip of document.querySelectorAll('#chips button')) chip.setAttribute('aria-pressed', String(FILTER.states.has(chip.dataset.state)));
  document.getElementById('sort').value = `${FILTER.order}${FILTER.down ? ' down' : ''}`;
  document.getElementById('file').value = String(FILTER.file);
  document.getElementById('only').value = FILTER.only;
}

function toggleState(state) {
  if (!FILTER.states.delete(state)) FILTER.states.add(state);
  refresh();
}

function filterFile(file) {
  FILTER.file = FILTER.file === file ? '' : file;
  refresh();
  document.getElementById('all').scrollIntoView();
}

function filterOnly(only) {
  FILTER.only = only;
  refresh();
  document.getElementById('all').scrollIntoView();
}

function sortBy(order) {
  FILTER.down = FILTER.order === order && !FILTER.down;
  FILTER.order = order;
  refresh();
}

function options(place, entries) {
  document.getElementById(place).append(...entries.map(([value, text]) => element('option', text, { value })));
}

function readForm() {
  FILTER.text = form.search.value.trim().toLowerCase();
  FILTER.template = form.template.value;
  FILTER.file = form.file.value === '' ? '' : Number(form.file.value);
  FILTER.only = form.only.value;
  [FILTER.order, FILTER.down] = [form.sort.value.split(' ')[0], form.sort.value.endsWith(' down')];
  refresh();
}

function buildForm() {
  options('template', [...DATA.templates].sort().map((name) => [name, shortTemplate(name)]));
  options('file', FILES.slice(0, 200).map(({ file, name, repos }) => [String(file), `${tail(name, 60)} (${repos.toLocaleString('en')})`]));
  options('sort', Object.entries(ORDERS).flatMap(([order, { label, most }]) => [[order, most ? `${label}, most first` : label], [`${order} down`, most ? `${label}, least first` : `${label}, from the end`]]));
  form.search.addEventListener('input', readForm);
  for (const choice of form.querySelectorAll('select')) choice.addEventListener('change', readForm);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('reset', () => {
    Object.assign(FILTER, { text: '', states: new Set(), template: '', file: '', only: '', order: 'state', down: false });
    setTimeout(refresh);
  });
  document.getElementById('more').addEventListener('click', () => {
    rows += ROWS * 4;
    showTable();
  });
}

function drawAll() {
  drawWhole();
  drawHeat();
}

// Paper is light whatever the screen is, and has no button for more.
function printing(begins) {
  if (document.documentElement.classList.toggle('printing', begins) === printing.now) return;
  printing.now = begins;
  rows = begins ? PRINTED : ROWS;
  showTable();
  drawAll();
}
printing.now = false;

function listen() {
  addEventListener('beforeprint', () => printing(true));
  addEventListener('afterprint', () => printing(false));
  const paper = matchMedia('print');
  paper.addEventListener('change', ({ matches }) => printing(matches));
  if (paper.matches) printing(true);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(redraw);
    redraw = setTimeout(drawHeat, 100);
  });
}

settleCharts();
showTaken();
showFigures();
showChips();
showPulls();
showWaivers();
buildHead();
buildForm();
drawWhole();
refresh();
listen();
