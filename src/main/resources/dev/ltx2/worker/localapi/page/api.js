// The local API. Its key comes in the page's fragment, or is asked for.

import { $ } from './dom.js';

const KEY = 'ltx2.key';
const key = () => sessionStorage.getItem(KEY);

takeKeyFromFragment();
addEventListener('hashchange', takeKeyFromFragment);

function takeKeyFromFragment() {
  const given = new URLSearchParams(location.hash.slice(1)).get('key');
  if (!given) return;
  sessionStorage.setItem(KEY, given);
  history.replaceState(null, '', location.pathname);
}

/** A refusal: its sentence, HTTP status (0: no answer), and the faults by field. */
const refusal = (status, { error = `The worker answered ${status}`, errors = [] }) =>
  Object.assign(new Error(error), { status, errors });

export async function call(path, options = {}) {
  const used = key();
  const headers = { ...options.headers, ...(used && { Authorization: `Bearer ${used}` }) };
  const response = await fetch(path, { ...options, headers }).catch(() => {
    throw refusal(0, { error: 'The worker does not answer. Is it running?' });
  });
  if (response.status === 401) {
    await askForKey(used);
    return call(path, options);
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw refusal(response.status, answer);
  return answer;
}

export function post(path, value) {
  const headers = { 'Content-Type': 'application/json' };
  return call(path, { method: 'POST', headers, body: JSON.stringify(value) });
}

export function upload(file) {
  const headers = { 'Content-Type': file.type || 'application/octet-stream' };
  return call('files', { method: 'POST', headers, body: file });
}

let asking;

function askForKey(refused) {
  if (refused !== key()) return;
  asking ??= new Promise((resolve) => {
    const dialog = $('key-dialog');
    $('key-error').textContent = refused ? 'This key was refused.' : '';
    dialog.oncancel = (event) => event.preventDefault();
    $('key-form').onsubmit = () => {
      sessionStorage.setItem(KEY, $('key').value.trim());
      $('key').value = '';
      asking = undefined;
      resolve();
    };
    dialog.showModal();
  });
  return asking;
}

/** The path of a file that this worker serves; undefined for addresses elsewhere. */
export function own(address) {
  if (!URL.canParse(address)) return undefined;
  const { host, pathname } = new URL(address);
  return host === location.host && pathname.startsWith('/files/') ? pathname : undefined;
}
