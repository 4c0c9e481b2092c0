// Content, buffer and alignment as the plan has them, and the images that stand on them.

import { $, count, h, say } from './dom.js';

/** Elements by image, so that a drag and the focus outlive a redraw. */
const thumbs = new Map();
const ghosts = new Map();
let view = { images: [] };

/** Draws {images, many, plan?, audio?, generated, width, height, fit, alignment, moved}. */
export function draw(next) {
  view = next;
  drawBand();
  drawSound();
  drawRuler();
  drawImages();
}

function at(frame, element, property = 'left') {
  element.style[property] = `${(frame / (view.plan?.length ?? 1)) * 100}%`;
  return element;
}

function drawBand() {
  const { plan } = view;
  if (!plan) {
    $('band').replaceChildren();
    $('legend').replaceChildren();
    return;
  }
  const parts = [
    ['content', plan.content_frames],
    ['buffer', plan.frames - plan.content_frames],
    ['alignment', plan.length - plan.frames],
  ].filter(([, frames]) => frames > 0);
  $('band').replaceChildren(
    ...parts.map(([name, frames]) => at(frames, h(`div.${name}`, name), 'width')),
  );
  const legend = ([name, frames, more = '']) =>
    h(`li.${name}`, h('i'), h('b', name), ` ${count(frames, 'frame')}${more}`);
  const seconds = ` = ${(plan.delivered_frames / plan.fps).toFixed(2)} s`;
  parts.push(['delivered', plan.delivered_frames, seconds]);
  if (plan.audio_frames) parts.push(['audio', plan.audio_frames, ', generated']);
  $('legend').replaceChildren(...parts.map(legend));
}

function drawSound() {
  const { audio, plan, generated } = view;
  const humming = Array.from({ length: 150 }, (_, i) => 0.5 * Math.sin(i / 9) ** 2);
  const peaks = generated ? humming : (audio?.peaks ?? []);
  const path = peaks.map((peak, i) => `M${i * 4 + 2} ${19 - peak * 18}V${21 + peak * 18}`);
  const picture = $('sound');
  picture.setAttribute('viewBox', `0 0 ${peaks.length * 4} 40`);
  picture.setAttribute('class', generated ? 'generated' : '');
  picture.firstChild.setAttribute('d', path.join(''));
  at(plan ? plan.duration * plan.fps : 1, picture, 'width');
}

function drawRuler() {
  const { plan } = view;
  const ticks = [];
  const marks = [];
  if (plan) {
    const seconds = plan.length / plan.fps;
    const most = $('ruler').clientWidth / 75;
    const step = [0.5, 1, 2, 5].find((each) => seconds / each <= most) ?? 10;
    for (let t = 0; t < seconds; t += step)
      ticks.push(at(t * plan.fps, h('span', t.toFixed(step < 1 ? 1 : 0))));
    marks.push(...plan.guides.map(({ frame }) => at(frame, h('i.pin'))));
    marks.push(at(plan.delivered_frames, h('i.delivered')));
  }
  $('ruler').replaceChildren(...ticks);
  $('marks').replaceChildren(...marks, ...$('marks').querySelectorAll('.head'));
}

/** Frames of an image in the plan, its own first; the second is the guide in the buffer. */
function framesOf(image) {
  const keyframe = view.images.indexOf(image) + 1;
  const guides = (view.plan?.guides ?? []).filter((guide) => guide.keyframe === keyframe);
  return guides.map((guide) => guide.frame).sort((a, b) => a - b);
}

/** Where the image stands in the content, 0 to 1; those without a word are spread evenly. */
const positionOf = (image) =>
  image.position ?? view.images.indexOf(image) / Math.max(1, view.images.length - 1);

function drawImages() {
  const shown = view.many ? view.images : view.images.slice(0, 1);
  const lane = $('lane');
  $('invite').hidden = shown.length > 0;
  lane.style.setProperty('--wide', `${Math.min(17, 90 / shown.length)}%`);
  lane.style.setProperty('--shape', `${view.width} / ${view.height}`);
  lane.style.setProperty('--narrow', Math.min(1, view.width / view.height / 1.7));
  for (const map of [thumbs, ghosts]) {
    for (const [image, element] of map) {
      if (!shown.includes(image) || (map === ghosts && framesOf(image).length < 2)) {
        element.remove();
        map.delete(image);
      }
    }
  }
  for (const image of shown) {
    const [frame, again] = framesOf(image);
    if (again !== undefined) place(ghosts, image, again);
    place(thumbs, image, image.dragging ?? frame);
  }
}

/** An image begins at its mark, as far as there is room to its right. */
function place(map, image, frame) {
  const index = view.images.indexOf(image);
  if (!map.has(image)) map.set(image, map === thumbs ? thumb(image) : thumb());
  const element = map.get(image);
  const share = frame === undefined ? positionOf(image) : frame / view.plan.length;
  element.style.setProperty('--at', `${share * 100}%`);
  element.firstChild.textContent = frame === undefined ? index + 1 : `${index + 1} ▸ ${frame}`;
  const box = element.lastChild;
  box.className = `box ${image.fit ?? view.fit} ${image.waiting ? 'waiting' : ''}`;
  if (box.dataset.source !== String(image.source)) {
    box.dataset.source = image.source;
    box.replaceChildren(
      image.source ? h('img', { src: image.source, alt: '', draggable: false }) : 'address',
    );
  }
  if (!element.isConnected) $('lane').append(element);
  if (map === thumbs && view.many) describe(element, image, frame);
  else if (map === thumbs) ['role', 'tabindex'].forEach((name) => element.removeAttribute(name));
}

function describe(element, image, frame) {
  const percent = Math.round(positionOf(image) * 100);
  const attributes = {
    role: 'slider',
    tabindex: 0,
    'aria-label': `Keyframe ${view.images.indexOf(image) + 1}`,
    'aria-valuenow': percent,
    'aria-valuetext': frame === undefined ? `${percent} %` : where(frame),
  };
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

const where = (frame) =>
  `frame ${frame} of ${view.plan.content_frames - 1}, ${(frame / view.plan.fps).toFixed(2)} seconds`;

function thumb(image) {
  const element = h('div', { class: image ? 'thumb' : 'thumb ghost' }, h('p'), h('div'));
  if (image) {
    element.addEventListener('pointerdown', (event) => drag(event, image, element));
    element.addEventListener('keydown', (event) => moveByKey(event, image));
  } else element.ariaHidden = 'true';
  return element;
}

/** The frame that a position comes to: the plan floors likewise. */
const aligned = (position) =>
  Math.floor((position * (view.plan.content_frames - 1)) / view.alignment + 1e-6) * view.alignment;

/** The smallest position of four digits that comes to this frame; the last one is 1. */
function put(image, frame) {
  const last = view.plan.content_frames - 1;
  image.position = frame >= aligned(1) ? 1 : Math.ceil((frame / last) * 1e4 - 1e-6) / 1e4;
}

function drag(down, image, element) {
  if (!view.many || down.button !== 0) return;
  element.focus({ preventScroll: true });
  const lane = $('lane').getBoundingClientRect();
  const last = view.plan ? (view.plan.content_frames - 1) / view.plan.length : 1;
  const start = positionOf(image);
  element.setPointerCapture(down.pointerId);
  element.onpointermove = (move) => {
    const to = start + (move.clientX - down.clientX) / lane.width / last;
    const position = Math.min(1, Math.max(0, to));
    if (view.plan) put(image, (image.dragging = aligned(position)));
    else image.position = Math.round(position * 100) / 100;
    view.moved(image);
  };
  element.onpointerup = element.onpointercancel = () => {
    element.onpointermove = element.onpointerup = element.onpointercancel = null;
    image.dragging = undefined;
    view.moved(image);
  };
}

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -1e4, End: 1e4 };

function moveByKey(event, image) {
  const by = KEYS[event.key];
  if (!view.many || !by || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const position = positionOf(image);
  if (view.plan) put(image, Math.max(0, aligned(position) + by * view.alignment));
  else image.position = Math.min(1, Math.max(0, Math.round(position * 100 + by) / 100));
  view.moved(image);
}

export function announce(image) {
  const [frame, again] = framesOf(image);
  if (frame === undefined) return;
  const held = again === undefined ? '' : `, and again at frame ${again}`;
  say(`Keyframe ${view.images.indexOf(image) + 1}: ${where(frame)}${held}`);
}

/** Follows a playing video; undefined takes the head away. */
export function playhead(frame) {
  const head = $('marks').querySelector('.head') ?? $('marks').appendChild(h('i.head'));
  head.hidden = frame === undefined || !view.plan;
  if (!head.hidden) at(Math.min(frame, view.plan.length), head);
}

/** Peaks of a file's audio, 0 to 1; none where the browser cannot read it. */
export async function peaksOf(file) {
  try {
    const decoder = new OfflineAudioContext(1, 1, 44100);
    const samples = (await decoder.decodeAudioData(await file.arrayBuffer())).getChannelData(0);
    const size = Math.ceil(samples.length / 200);
    const peaks = Array.from({ length: 200 }, (_, i) =>
      samples
        .subarray(i * size, (i + 1) * size)
        .reduce((most, each) => Math.max(most, Math.abs(each)), 0),
    );
    const loudest = Math.max(...peaks, 0.01);
    return peaks.map((peak) => Math.round((peak / loudest) * 100) / 100);
  } catch {
    return undefined;
  }
}
