export const $ = (id) => document.getElementById(id);

/** An element, `name.class`; attributes `on…` are listeners, what is no text is a property. */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (attributes.constructor !== Object) return h(name, {}, attributes, ...children);
  if (classes.length) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (typeof value === 'string') element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.flat());
  return element;
}

/** Told to screen readers; cleared first, so that the same sentence is told again. */
export function say(sentence) {
  $('live').textContent = '';
  setTimeout(() => ($('live').textContent = sentence), 50);
}

export const count = (n, word) => `${n} ${word}${n === 1 ? '' : 's'}`;
