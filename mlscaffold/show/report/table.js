'use strict';
// The table of repos, a page of rows at a time. What a repo says is only ever put in as text.

const ROWS = 50;
const PRINTED = 200;
let rows = ROWS;
let shown = [];

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function mark(colourName) {
  const made = element('span', '', { class: 'mark', 'aria-hidden': 'true' });
  made.style.background = `var(${colourName})`;
  return made;
}

function link(text, url, className = 'name') {
  let address = null;
  try {
    address = new URL(url);
  } catch {
    // no address, no link
  }
  if (!address || !['https:', 'http:'].includes(address.protocol)) return element('span', text, { class: className });
  return element('a', text, { class: className, href: address.href, rel: 'noopener noreferrer', target: '_blank' });
}

function cell(label, className, ...content) {
  const made = element('td', undefined, { 'data-label': label, class: className });
  made.append(...content.filter((part) => part !== '' && part !== null));
  return made;
}

function stateCell(state) {
  const word = element('span');
  word.append(mark(stateColour(state)), state);
  return word;
}

function shortTemplate(template) {
  const parts = template.split(' ');
  return [parts[0].replace(/\/+$/, '').split('/').pop().replace(/\.git$/, ''), ...parts.slice(1)].join(' ');
}

function pullCell(repo) {
  if (!repo.pull) return '';
  return link(updateWord(repo.pull), repo.pull.url, '');
}

function foundCell(repo) {
  if (!repo.found) return '';
  const button = element('button', repo.found.toLocaleString('en'), {
    type: 'button', 'aria-expanded': 'false', 'aria-label': `${plural(repo.found, 'file')} of ${repo.name}: show`,
  });
  button.addEventListener('click', () => toggleDetail(button, repo));
  return button;
}

// What takes more than two lines on a phone is cut, and opens.
function whyCell(why) {
  const cut = element('span', why, { class: 'cut' });
  if (why.length <= 60) return why && cut;
  const made = element('details');
  const head = element('summary');
  head.append(cut);
  made.append(head);
  return made;
}

function row(repo) {
  const made = element('tr');
  const name = element('span');
  name.append(link(repo.name, repo.page), element('span', shortTemplate(repo.template), { class: 'soft' }));
  made.append(
    cell('Repo', 'c-repo', name),
    cell('State', 'state', stateCell(repo.state), repo.waits ? element('span', ' within grace', { class: 'soft' }) : ''),
    cell('Days behind', 'number', repo.days === null ? '' : repo.days.toLocaleString('en')),
    cell('Files', 'number', foundCell(repo)),
    cell('Why', 'why', whyCell(repo.why || '')),
    cell('Update', 'pull', pullCell(repo)),
    cell('Seen', 'at', day(repo.at)),
  );
  return made;
}

function listItem(head, tail) {
  const item = element('li', head);
  item.append(element('span', ` ${tail}`, { class: 'soft' }));
  return item;
}

function detail(repo) {
  const made = element('td', undefined, { colspan: '7', class: 'detail' });
  const list = element('ul');
  for (const { file, word } of repo.files) list.append(listItem(DATA.files[file], word));
  if (repo.found > repo.files.length) list.append(element('li', `and ${plural(repo.found - repo.files.length, 'finding')} more`));
  for (const { path, until, reason } of repo.waivers) {
    list.append(listItem(path, `waived ${until ? `until ${until}` : 'without an end'}: ${reason}`));
  }
  const from = repo.recorded ? `Template ${repo.template}, recorded at ${repo.recorded}, wanted at ${repo.target}.` : '';
  made.append(element('span', from, { class: 'soft' }), list);
  return made;
}

function toggleDetail(button, repo) {
  const open = button.getAttribute('aria-expanded') === 'true';
  const own = button.closest('tr');
  button.setAttribute('aria-expanded', String(!open));
  if (open) {
    own.nextElementSibling.remove();
    return;
  }
  const below = element('tr');
  below.append(detail(repo));
  own.after(below);
}

function showTable() {
  const body = document.querySelector('#repos tbody');
  body.replaceChildren(...shown.slice(0, rows).map(row));
  document.getElementById('more').hidden = shown.length <= rows;
  const of = shown.length === REPOS.length ? plural(REPOS.length, 'repo') : `${shown.length.toLocaleString('en')} of ${plural(REPOS.length, 'repo')}`;
  const part = shown.length > rows ? `; the first ${rows} are listed` : '';
  document.getElementById('count').textContent = shown.length ? `${of}${part}.` : 'No repo fits: choose “Show all”.';
  for (const head of document.querySelectorAll('#repos th')) {
    const sorted = head.dataset.order === FILTER.order;
    if (sorted) head.setAttribute('aria-sort', FILTER.down ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  }
}

function buildHead() {
  const heads = [['repo', 'c-repo'], ['state', 'c-state'], ['days', 'c-days number'], ['found', 'c-found number'], ['', 'c-why'], ['pull', 'c-pull'], ['at', 'c-at']];
  for (const [order, className] of heads) {
    const head = element('th', undefined, { class: className, scope: 'col' });
    if (order) {
      head.dataset.order = order;
      const button = element('button', ORDERS[order].label, { type: 'button' });
      button.addEventListener('click', () => sortBy(order));
      head.append(button);
    } else {
      head.textContent = 'Why';
    }
    document.querySelector('#repos thead tr').append(head);
  }
}
