/** Single keys, which can be switched off (WCAG 2.1.4) and mean nothing where somebody writes. */
const SWITCH = 'sluice.keys';

export function takeKeys(): void {
  const box = document.getElementById('keys-on');
  if (box instanceof HTMLInputElement) {
    box.checked = areOn();
    box.addEventListener('change', () => localStorage.setItem(SWITCH, box.checked ? 'on' : 'off'));
  }
  if (location.hash === '#q') document.getElementById('q')?.focus();
  document.addEventListener('keydown', (event) => {
    if (!areOn() || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });
}

function areOn(): boolean {
  return localStorage.getItem(SWITCH) !== 'off';
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, dialog') !== null;
}

/** @returns false: the key means nothing here */
function press(key: string): boolean {
  switch (key) {
    case '/':
      return search();
    case '?':
      document.getElementById('keys')?.togglePopover();
      return true;
    case 'j':
      return move(1);
    case 'k':
      return move(-1);
    case 'p':
    case 'a': {
      const target = document.querySelector<HTMLElement>(`[data-key=${key}]`);
      target?.click();
      return target !== null;
    }
    default:
      return false;
  }
}

function search(): boolean {
  const field = document.getElementById('q');
  if (field) field.focus();
  else location.assign('/#q');
  return true;
}

/** Enter opens what has the focus, as everywhere. */
function move(by: 1 | -1): boolean {
  const rows: (Element | null)[] = [...document.querySelectorAll('.rows th a')];
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[at + by];
  if (next instanceof HTMLElement) next.focus();
  return rows.length > 0;
}
