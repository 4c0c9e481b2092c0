// The request's fields. Kinds, ranges and defaults come from the API's schema.

import { $, h } from './dom.js';

const GROUPS = {
  Length: { duration: { modes: '2 3b', step: 0.5, start: 5 } },
  Direction: { prompt_positive: { empty: 'A person speaking naturally' }, quality_preset: {} },
  Format: { width: {}, height: {}, fps: {}, fit: { words: { pad: 'black bars', crop: 'cut' } } },
  End: {
    buffer_seconds: { step: 0.1 },
    auto_buffer_guide: {
      modes: '3a 3b',
      words: { true: 'repeat last', extend_last: 'move last there', none: 'none' },
    },
    trim_to_audio: { modes: '3a 3b' },
  },
  'Fine tuning': {
    prompt_negative: { empty: 'A list of usual flaws' },
    seed: { empty: 'drawn' },
    img_strength: { modes: '1 2' },
    frame_alignment: { modes: '3a 3b' },
    speech_noise: { modes: '1 3a' },
  },
};
/** What has a place of its own, and what nobody sets by hand. */
const OTHERS = ['image_url', 'audio_url', 'keyframes', 'strict'];

/** The schema's properties by name, and what the page adds to them. */
let rules = {};
const FIELDS = {};

/** The schema of a request is the one that knows keyframes, wherever the description has it. */
export function requestSchema(node) {
  if (node?.properties?.keyframes && node.properties.fps) return node;
  if (!node || typeof node !== 'object') return undefined;
  return Object.values(node).reduce((found, each) => found ?? requestSchema(each), undefined);
}

export function renderFields(schema, changed) {
  rules = schema.properties;
  const listed = [...OTHERS, ...Object.values(GROUPS).flatMap(Object.keys)];
  for (const [name, { description }] of Object.entries(rules)) {
    const more = !listed.includes(name) && !description.startsWith('Another name');
    if (more) GROUPS['Fine tuning'][name] = {};
  }
  for (const [title, group] of Object.entries(GROUPS)) {
    Object.assign(FIELDS, group);
    const names = Object.keys(group).filter((name) => rules[name] && choices(name).length !== 1);
    const grid = h('div.grid', names.map(render));
    const heading = h('h2', title);
    if (title === 'Length') $('cards').append(h('div.card.length', h('h3', title), grid));
    else if (title !== 'Fine tuning') $('fields').append(h('section', heading, grid));
    else $('fields').append(h('details', h('summary', heading), grid));
  }
  for (const name in FIELDS) if (!fieldOf(name)) delete FIELDS[name];
  $('form').addEventListener('input', ({ target }) => {
    if (FIELDS[target.name]) touch(target);
    changed();
  });
}

/** What a person wrote is sent; what stands there by itself, or was emptied, is not. */
function touch(control) {
  const field = control.closest('.field');
  field.classList.toggle('auto', control.value === '' && !control.validity.badInput);
  clearError(field);
}

function render(name) {
  const label = name.replaceAll('_', ' ');
  const rule = rules[name];
  const id = `f-${name}`;
  const by = { 'aria-describedby': `h-${name} e-${name}` };
  const range = rule.maximum === undefined ? '' : `, ${rule.minimum} to ${short(rule.maximum)}`;
  const notes = [
    h('p.hint', { id: `h-${name}` }, rule.description + range),
    h('p.error', { id: `e-${name}` }),
  ];
  const field = { 'data-field': name };
  const options = choices(name);
  if (options.length) {
    const pill = (value) => {
      const checked = value === rule.default;
      const radio = h('input', { type: 'radio', name, value: JSON.stringify(value), checked });
      return h('label', radio, word(name, value));
    };
    const parts = [h('legend', label), ...options.map(pill), ...notes];
    return h('fieldset.field.wide.pills', { ...field, ...by }, ...parts);
  }
  const control = controlOf(name, rule, { id, name, ...by });
  const kinds = { checkbox: 'wide.check', textarea: 'long' };
  const kind = kinds[control.type] ?? 'short.auto';
  return h(`div.field.${kind}`, field, h('label', { for: id }, label), control, notes);
}

const short = (value) => (value > 1e9 ? '2^63-1' : value);
const word = (name, value) => FIELDS[name].words?.[value] ?? String(value);

const choices = (name) =>
  (rules[name].enum ?? []).filter(
    (value) => value !== null && (FIELDS[name].words?.[value] ?? !FIELDS[name].words),
  );

function controlOf(name, rule, common) {
  const { empty, start, step } = FIELDS[name];
  const types = [rule.type].flat();
  if (types.includes('boolean')) return h('input', { ...common, type: 'checkbox' });
  if (types.includes('string')) return h('textarea', { ...common, rows: 3, placeholder: empty });
  const whole = types.includes('integer');
  return h('input', {
    ...common,
    type: 'number',
    inputMode: whole ? 'numeric' : 'decimal',
    min: String(rule.minimum),
    max: String(rule.maximum),
    step: String(step ?? (whole ? 1 : 0.05)),
    placeholder: empty,
    value: String(empty ? '' : (start ?? rule.default)),
  });
}

const fieldOf = (name) => document.querySelector(`[data-field="${CSS.escape(name)}"]`);
const shown = (name, mode) => (FIELDS[name].modes ?? mode).split(' ').includes(mode);

export function showMode(mode) {
  for (const name in FIELDS) fieldOf(name).hidden = !shown(name, mode);
  document.querySelector('.length').hidden = !shown('duration', mode);
}

/** Fills in what the plan has decided by itself. */
export function showPlanned(plan) {
  for (const name in FIELDS) {
    const value = plan.loras[name.slice(5)] ?? plan[name];
    const auto = fieldOf(name).matches('.auto') && !FIELDS[name].empty;
    if (auto && value !== undefined) $(`f-${name}`).value = value;
  }
}

export function readFields(mode) {
  const input = {};
  for (const name in FIELDS) {
    if (!mode || shown(name, mode)) input[name] = read(name);
  }
  return input;
}

function read(name) {
  const field = fieldOf(name);
  const control = $(`f-${name}`) ?? field.querySelector(':checked');
  if (control.type === 'checkbox') return control.checked || undefined;
  if (control.type === 'number') {
    if (control.validity.badInput) return 'not a number';
    if (control.value === '' || (field.matches('.auto') && !FIELDS[name].start)) return undefined;
    const value = Number(control.value);
    // Beyond 2^53 a number would lose digits here: it goes as it was written.
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? control.value : value;
  }
  const value = control.type === 'textarea' ? control.value : JSON.parse(control.value);
  return value === '' || value === rules[name].default ? undefined : value;
}

export function write(name, value) {
  const control = $(`f-${name}`);
  if (!control) {
    fieldOf(name)
      ?.querySelectorAll('input')
      .forEach((each) => (each.checked = each.value === JSON.stringify(value)));
  } else if (control.type === 'checkbox') control.checked = value;
  else {
    control.value = value;
    touch(control);
  }
}

function clearError(field) {
  field.querySelectorAll('.error').forEach((error) => (error.textContent = ''));
  field.querySelectorAll('[aria-invalid]').forEach((each) => each.removeAttribute('aria-invalid'));
}

export const clearErrors = () => document.querySelectorAll('[data-field]').forEach(clearError);

/** Puts every fault at its field; returns those without one, and the first control to mend. */
export function showErrors(errors) {
  clearErrors();
  const rest = errors.filter(({ field = '', message }) => {
    const place = fieldOf(field) ?? fieldOf(field.replace(/\W.*/, ''));
    if (!place || place.hidden) return true;
    place.closest('details')?.setAttribute('open', '');
    place.querySelector('.error').append(message, ' ');
    place
      .querySelectorAll('input, textarea, select')
      .forEach((each) => each.setAttribute('aria-invalid', 'true'));
    return false;
  });
  return { rest, first: document.querySelector('[aria-invalid]') };
}
