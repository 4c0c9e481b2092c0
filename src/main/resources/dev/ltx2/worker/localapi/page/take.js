// One job as it goes on, its video, and the list of the last jobs.

import { call, own, post } from './api.js';
import { $, h, say } from './dom.js';
import { playhead } from './timeline.js';

const JOB = 'ltx2.job';
const STAGES = {
  download: 'Fetching inputs',
  queue: 'Waiting for the GPU',
  generate: 'Generating',
  mux: 'Muxing',
  store: 'Storing',
};
const WORDS = {
  IN_QUEUE: 'in the queue',
  IN_PROGRESS: 'running',
  COMPLETED: 'done',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TIMED_OUT: 'timed out',
};
const running = (status) => status.startsWith('IN_');

let job;
/** Counts what was shown, so that a late answer for an earlier job is dropped. */
let showing = 0;
let failed;

export function startTakes(onFaults) {
  failed = onFaults;
  $('cancel').onclick = cancel;
  $('stages').append(...Object.values(STAGES).map((label) => h('li', label)));
  const kept = sessionStorage.getItem(JOB);
  if (kept) show(JSON.parse(kept));
  listJobs();
  setInterval(() => document.hidden || listJobs(), 3000);
}

export function show(next, go) {
  job = next;
  showing += 1;
  sessionStorage.setItem(JOB, JSON.stringify(job));
  $('take').hidden = false;
  $('take-id').textContent = job.id;
  $('outcome').replaceChildren();
  playhead();
  if (go) {
    $('stage').scrollIntoView();
    $('take').focus({ preventScroll: true });
  }
  follow(showing);
}

async function follow(mine, before) {
  let now;
  try {
    now = await call(`status/${job.id}`);
  } catch (refusal) {
    const error = 'The worker has no such job any more: results are kept for 30 minutes.';
    now = refusal.status === 404 ? { status: 'FAILED', error } : (before ?? { status: 'IN_QUEUE' });
  }
  if (mine !== showing) return;
  render(now, before);
  if (running(now.status))
    setTimeout(() => mine === showing && follow(mine, now), document.hidden ? 2000 : 400);
  else listJobs();
}

function render(now, before) {
  $('take-status').textContent = WORDS[now.status] ?? now.status;
  $('take-status').dataset.status = now.status;
  $('running').hidden = $('cancel').hidden = !running(now.status);
  if (running(now.status)) {
    progress(now.output ?? {}, before?.output ?? {});
    return;
  }
  document.title = 'ltx2-worker playground';
  if (before) say(`The job is ${WORDS[now.status]}`);
  if (now.status === 'COMPLETED') video(now.output.output);
  else failure(now, before);
}

function progress({ stage, percent = 0, step, steps, eta_seconds: eta }, before) {
  $('meter').setAttribute('aria-valuenow', percent);
  $('meter').firstChild.style.width = `${percent}%`;
  document.title = `${percent} % · ltx2-worker`;
  $('percent').textContent = `${percent} %`;
  $('step').textContent = steps ? `step ${step} of ${steps}` : '';
  $('eta').textContent = eta
    ? `about ${eta < 90 ? `${eta} s` : `${Math.round(eta / 60)} min`} left`
    : '';
  const current = Object.keys(STAGES).indexOf(stage);
  [...$('stages').children].forEach((item, i) => {
    item.className = i < current ? 'past' : '';
    item.ariaCurrent = i === current ? 'step' : null;
  });
  if (stage !== before.stage && STAGES[stage]) say(STAGES[stage]);
}

function video(made) {
  const { details = {} } = made;
  const address = made.video_url ?? `data:video/mp4;base64,${made.video_base64}`;
  const src = own(address) ?? address;
  const looks = { controls: true, loop: true, playsInline: true, ariaLabel: 'The video' };
  const player = h('video', { src, ...looks });
  player.onplay = player.onseeked = () => lead(player, job.fps);
  const facts = Object.entries({
    Size: made.resolution,
    Frames: `${made.frames} at ${made.fps} a second`,
    Seed: made.seed,
    'Made in': `${made.generation_time} s`,
  });
  $('outcome').replaceChildren(
    h('div.screen', player, sheet(details.contact_sheet_url)),
    h(
      'dl',
      facts.map(([name, value]) => h('div', h('dt', name), h('dd', `${value}`))),
    ),
    h(
      'ul.warnings',
      (details.warnings ?? []).map((warning) => h('li', warning)),
    ),
    h('a', { href: src, download: made.video_filename, class: 'button' }, 'Download the video'),
  );
}

function sheet(address) {
  if (!address) return '';
  const src = own(address) ?? address;
  const alt = 'Contact sheet: the inputs, the timeline and frames of the video';
  return h('a', { href: src, target: '_blank' }, h('img', { src, alt }));
}

function lead(player, fps) {
  if (!fps) return;
  playhead(player.isConnected ? player.currentTime * fps : undefined);
  if (!player.paused && player.isConnected) requestAnimationFrame(() => lead(player, fps));
}

function failure({ status, error, output = {} }, before) {
  const sentence =
    status === 'CANCELLED' ? 'Cancelled. Nothing of it is left.' : (error ?? WORDS[status]);
  $('outcome').replaceChildren(
    h('p.sentence', sentence),
    h('p.hint', output.retryable ? 'The same request may succeed later.' : ''),
  );
  if (before && output.errors) failed(output);
}

async function cancel() {
  await post(`cancel/${job.id}`, {}).catch((refusal) => say(refusal.message));
  show(job);
}

let listed;

export async function listJobs() {
  const { jobs } = await call('jobs').catch(() => ({}));
  const text = JSON.stringify(jobs);
  if (!jobs || text === listed) return;
  listed = text;
  $('no-jobs').hidden = jobs.length > 0;
  $('job-list').replaceChildren(...jobs.slice(0, 12).map(entry));
}

function entry({ id, mode, status, created, error = '', contact_sheet_url: sheet }) {
  const src = own(sheet);
  const time = new Date(created).toLocaleTimeString([], { timeStyle: 'short' });
  return h(
    'li',
    h(
      'button',
      { type: 'button', onclick: () => show({ id }, true) },
      h('span.poster', src ? h('img', { src, alt: '', loading: 'lazy' }) : error),
      h('b', mode ? `Mode ${mode}` : 'Job'),
      h('span.chip', { 'data-status': status }, WORDS[status] ?? status),
      h('time', time),
    ),
  );
}
