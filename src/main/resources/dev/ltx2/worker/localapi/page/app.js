// The playground: puts the request together, has it planned at every change, sends it.

import { call, own, post, upload } from './api.js';
import { audioCard, imageCard, loss } from './cards.js';
import { program } from './clients.js';
import { $, count, h, say } from './dom.js';
import * as fields from './fields.js';
import { samples } from './samples.js';
import { listJobs, show, startTakes } from './take.js';
import { announce, draw, peaksOf } from './timeline.js';

const DRAFT = 'ltx2.draft';
const MOST = 9;

/** Images and audio: {url, source, waiting, …}; source is what the page itself can show. */
const uploads = [];
const state = { mode: '3b', images: [], audio: undefined, plan: undefined, moved: undefined };
const many = () => state.mode > '3';
const speaks = () => state.mode === '1' || state.mode === '3a';
const shownImages = () => (many() ? state.images : state.images.slice(0, 1));
const shownAudio = () => (speaks() ? state.audio : undefined);
const waiting = () => [...shownImages(), shownAudio()].some((item) => item?.waiting);
const tell = (sentence) => ($('problem').textContent = sentence);

start();

async function start() {
  const [settings, openapi] = await Promise.all([call('settings.json'), call('openapi.json')]);
  const { engine, model_set: set = '', version } = settings;
  const [name, facts] = $('engine').children;
  name.textContent = engine === 'rehearsal' ? 'Rehearsal: drawn, no GPU' : engine;
  facts.textContent = `${set} ${version}`;
  state.modes = settings.modes ?? [state.mode];
  state.locked = settings.auth;
  fields.renderFields(fields.requestSchema(openapi), changed);
  restore();
  for (const radio of document.querySelectorAll('[name=mode]')) {
    radio.onchange = () => setMode(radio.value);
    radio.parentNode.hidden = !state.modes.includes(radio.value);
  }
  for (const radio of document.querySelectorAll('[name=language]')) radio.onchange = drawCode;
  for (const id of ['images', 'audio']) $(id).onchange = () => add([...$(id).files], $(id));
  $('address').onclick = addAddress;
  $('draw').onclick = async () => add(await samples(many() ? 3 : 1));
  $('copy').onclick = copy;
  $('form').onsubmit = send;
  ['dragover', 'dragleave', 'drop'].forEach((type) => addEventListener(type, dropped));
  addEventListener('resize', redraw);
  setMode(state.modes.includes(state.mode) ? state.mode : state.modes[0]);
  startTakes(complain);
  document.body.classList.add('ready');
}

function setMode(mode) {
  state.mode = mode;
  document.querySelector(`[name=mode][value="${mode}"]`).checked = true;
  $('for-images').dataset.field = many() ? 'keyframes' : 'image_url';
  $('for-audio').hidden = !speaks();
  fields.showMode(mode);
  mended();
  cards();
}

/** Files find their mode, if the models have it: two images make keyframes, audio is spoken. */
function add(files, input) {
  const images = files.filter((file) => file.type.startsWith('image/'));
  const [audio] = files.filter((file) => file.type.startsWith('audio/'));
  const keyframes = many() || images.length > 1;
  const mode = keyframes ? (audio || speaks() ? '3a' : '3b') : audio || speaks() ? '1' : '2';
  if (mode !== state.mode && state.modes.includes(mode)) {
    setMode(mode);
    say(`Mode changed: ${document.querySelector('[name=mode]:checked ~ b').textContent}`);
  }
  if (!many() && images.length) state.images = [];
  const most = many() ? MOST : 1;
  const taken = images.slice(0, most - state.images.length);
  const left = files.length - taken.length - (audio ? 1 : 0);
  if (left) tell(`${count(left, 'file')} left out: ${most} and one audio file at most.`);
  for (const file of taken) uploads.push(bring(file, state.images[state.images.push({}) - 1]));
  if (audio) uploads.push(bring(audio, (state.audio = {})));
  if (input) input.value = '';
  cards();
}

async function bring(file, item) {
  Object.assign(item, { source: URL.createObjectURL(file), waiting: true });
  if (item === state.audio) peaksOf(file).then((peaks) => redraw((item.peaks = peaks)));
  try {
    const { url, width: wide, height: high, duration } = await upload(file);
    Object.assign(item, { url, wide, high, duration, waiting: false });
    cards();
  } catch (refusal) {
    remove(item, file.name);
    tell(`${file.name}: ${refusal.message}`);
  }
}

function remove(item, name) {
  state.images = state.images.filter((each) => each !== item);
  if (state.audio === item) state.audio = undefined;
  say(`${name} removed`);
  cards();
}

function addAddress() {
  if (speaks() && !state.audio && state.images.length) state.audio = {};
  else if (state.images.length < (many() ? MOST : 1)) state.images.push({});
  else if (speaks() && !state.audio) state.audio = {};
  cards();
  [...document.querySelectorAll('.card [type=url]')].find((input) => !input.value)?.focus();
}

function dropped(event) {
  if (!event.dataTransfer?.types.includes('Files')) return;
  event.preventDefault();
  $('stage').classList.toggle('over', event.type === 'dragover');
  if (event.type === 'drop') add([...event.dataTransfer.files]);
}

function cards() {
  const told = { changed, remove };
  const images = shownImages();
  $('cards')
    .querySelectorAll('.card:not(.length)')
    .forEach((card) => card.remove());
  images.forEach((image, i) => (image.card = imageCard(image, i, many(), told)));
  const audio = shownAudio();
  $('cards').prepend(...images.map((image) => image.card), audio ? audioCard(audio, told) : '');
  $('images').nextSibling.textContent = many() ? 'Add images' : 'Choose an image';
  changed();
}

function request() {
  const input = {};
  if (many()) {
    input.keyframes = state.images.map(({ url = '', position, strength, fit }) => ({
      image_url: url,
      frame_position: position,
      strength,
      fit,
    }));
  } else if (state.images.length) input.image_url = state.images[0].url ?? '';
  if (shownAudio()) input.audio_url = state.audio.url ?? '';
  return { ...input, ...fields.readFields(state.mode) };
}

let timer;
let asked = 0;

function changed() {
  redraw();
  save();
  drawCode();
  clearTimeout(timer);
  timer = setTimeout(plan, 100);
}

/** Asks for the plan, once all is there that a plan needs. */
async function plan() {
  const mine = (asked += 1);
  const complete = state.images.length && (!speaks() || state.audio) && !waiting();
  const answer = complete
    ? await post('plan', { input: request() }).catch((refusal) => refusal)
    : {};
  if (mine !== asked) return;
  if (answer instanceof Error) complain(answer, true);
  else if (state.faulty) mended();
  state.plan = answer.plan ?? (complete ? state.plan : undefined);
  if (answer.plan) fields.showPlanned(answer.plan);
  redraw();
  if (state.moved && state.moved.dragging === undefined) {
    announce(state.moved);
    state.moved = undefined;
  }
}

function redraw() {
  const { plan } = state;
  const value = (name) => Number($(`f-${name}`)?.value);
  const view = {
    plan,
    images: state.images,
    many: many(),
    audio: shownAudio(),
    generated: !speaks(),
    width: plan?.width ?? (value('width') || 1280),
    height: plan?.height ?? (value('height') || 736),
    fit: fields.readFields().fit ?? 'pad',
    alignment: value('frame_alignment') || 8,
    moved,
  };
  draw(view);
  for (const image of shownImages())
    image.card.querySelector('h3 span').textContent = loss(image, view);
  $('moving').hidden = !many() || !state.images.length;
  $('summary').textContent = summary();
  $('warnings').replaceChildren(...(plan?.warnings ?? []).map((warning) => h('li', warning)));
}

function summary() {
  const { plan } = state;
  if (waiting()) return 'Uploading …';
  if (plan) return `${plan.width} × ${plan.height}, ${count(plan.delivered_frames, 'frame')}`;
  const missing = [];
  if (!state.images.length) missing.push(many() ? 'one to nine images' : 'an image');
  if (speaks() && !state.audio) missing.push('audio');
  return missing.length ? `Needs ${missing.join(' and ')}` : '';
}

function moved(image) {
  image.card.querySelector('[data-field$=position] input').value = image.position;
  state.moved = image;
  changed();
}

async function send(event) {
  event.preventDefault();
  $('send').disabled = true;
  try {
    await Promise.all(uploads);
    clearTimeout(timer);
    asked += 1;
    const input = request();
    const { plan } = await post('plan', { input });
    state.plan = plan;
    redraw();
    const { id } = await post('run', { input });
    mended();
    show({ id, fps: plan.fps }, true);
    listJobs();
  } catch (refusal) {
    complain(refusal);
  }
  $('send').disabled = false;
}

function mended() {
  state.faulty = false;
  fields.clearErrors();
  tell('');
}

/** Puts faults where they belong; whoever is not typing goes to the first. */
function complain(refusal, typing) {
  const { errors = [] } = refusal;
  state.faulty = true;
  const { rest, first } = fields.showErrors(errors);
  const named = errors.length - rest.length;
  const words = errors.length ? rest.map((fault) => fault.message) : [refusal.message];
  tell([...(named ? [`${count(named, 'field')} to mend`] : []), ...words].join('. '));
  if (!typing) first?.focus();
}

function drawCode() {
  const language = document.querySelector('[name=language]:checked').value;
  $('code').textContent = program(language, request(), state.locked);
}

async function copy() {
  try {
    await navigator.clipboard.writeText($('code').textContent);
    say(($('copy').textContent = 'Copied'));
  } catch {
    getSelection().selectAllChildren($('code'));
    say(($('copy').textContent = 'Selected'));
  }
  setTimeout(() => ($('copy').textContent = 'Copy'), 1500);
}

function save() {
  const plain = (item) => (item?.url ? { ...item, card: undefined, source: undefined } : undefined);
  const { mode, images, audio } = state;
  const draft = {
    mode,
    images: images.map(plain).filter(Boolean),
    audio: plain(audio),
    values: fields.readFields(),
  };
  sessionStorage.setItem(DRAFT, JSON.stringify(draft));
}

function restore() {
  const draft = JSON.parse(sessionStorage.getItem(DRAFT));
  if (!draft) return;
  const shown = (item) => item && { ...item, waiting: false, source: own(item.url) };
  Object.assign(state, {
    mode: draft.mode,
    images: draft.images.map(shown),
    audio: shown(draft.audio),
  });
  for (const [name, value] of Object.entries(draft.values)) fields.write(name, value);
}
