import { own } from './api.js';
import { h } from './dom.js';

/** A card of what has an address; told of every change, and when it is to go. */
function card(title, item, field, more, { changed, remove }) {
  const written = (url) => {
    const forget = { wide: undefined, peaks: undefined, duration: undefined };
    Object.assign(item, forget, { url, source: own(url) });
    changed();
  };
  const placeholder = item.waiting ? 'uploading …' : 'https://';
  const address = h('input', { type: 'url', value: item.url ?? '', placeholder });
  const name = `Remove ${title.toLowerCase()}`;
  return h(
    'div.card',
    h('h3', title, ' ', h('span', item.duration ? `${item.duration.toFixed(2)} s` : '')),
    labelled(field, 'Address', address, written),
    more,
    h('button.quiet', { type: 'button', onclick: () => remove(item, title) }, name),
  );
}

export function imageCard(image, index, many, told) {
  if (!many) return card('Image', image, 'image_url', '', told);
  const field = `keyframes[${index}]`;
  const part = (name, control, key = name, read = Number) => {
    control.value = image[key] ?? '';
    return labelled(`${field}.${name}`, key, control, (text) => {
      image[key] = text === '' ? undefined : read(text);
      told.changed();
    });
  };
  const upTo1 = (placeholder) =>
    h('input', { type: 'number', min: '0', max: '1', step: '0.05', placeholder });
  const options = Object.entries({ '': 'as all', pad: 'bars', crop: 'cut' });
  const fit = h('select', ...options.map(([value, text]) => h('option', { value }, text)));
  const parts = h(
    'div.three',
    part('frame_position', upTo1('auto'), 'position'),
    part('strength', upTo1(index ? '0.8' : '1')),
    part('fit', fit, 'fit', String),
  );
  return card(`Keyframe ${index + 1}`, image, `${field}.image_url`, parts, told);
}

export function audioCard(audio, told) {
  const attributes = { src: audio.source, controls: true, ariaLabel: 'Your audio' };
  return card('Audio', audio, 'audio_url', audio.source ? h('audio', attributes) : '', told);
}

function labelled(field, label, control, changed) {
  const id = `c-${field}`;
  control.id = id;
  control.setAttribute('aria-describedby', `e-${id}`);
  control.oninput = () => changed(control.value.trim());
  const error = h('p.error', { id: `e-${id}` });
  return h('div.field', { 'data-field': field }, h('label', { for: id }, label), control, error);
}

/** How much of the video is black, or of the image is cut away. */
export function loss({ wide, high, fit }, view) {
  if (!wide || !high) return '';
  const pad = (fit ?? view.fit) === 'pad';
  const scale = Math[pad ? 'min' : 'max'](view.width / wide, view.height / high);
  const share = (wide * high * scale * scale) / (view.width * view.height);
  const percent = Math.round((1 - (pad ? share : 1 / share)) * 100);
  return percent < 1 ? 'fills the frame' : `${percent} % ${pad ? 'black' : 'cut away'}`;
}
