// The counter page: one press, one step. In step with the desk device through the box.

import { clock, follow, post, pressId, witness } from './live.js';

const picture = document.getElementById('picture');
const strip = document.getElementById('strip');
const page = document.body.dataset;
const SLOW_MS = 1000;
const POST_MS = 8000;
const TRIES = 3;
const SAID_MS = 6000;
// The big key has changed its meaning so recently that nobody can have read it.
const SETTLE_MS = 800;
// While the box does not know the time, the clocks of the counters' computers help it.
const WITNESS_MS = 60000;

let busy = false;
let changed = -SETTLE_MS;
let quiet = 0;

function say(text, stays) {
  clearTimeout(quiet);
  strip.textContent = text;
  strip.hidden = text === '';
  if (stays) quiet = setTimeout(() => { strip.hidden = true; }, stays);
}

async function press(button) {
  if (busy) return;
  busy = true;
  const key = (button.querySelector('span') ?? button).textContent.trim();
  const slow = setTimeout(() => say(page.slow.replace('{key}', key)), SLOW_MS);
  try {
    await act(button.dataset.act, key);
  } finally {
    clearTimeout(slow);
    busy = false;
  }
}

// The same press id on every attempt: it counts once.
async function act(name, key) {
  const body = { act: name.startsWith('{') ? JSON.parse(name) : name, press: pressId() };
  let text = page.failed;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    try {
      const answer = await post(page.act, body, POST_MS);
      if (answer.status === 401) return signIn();
      if (answer.ok) return told(await answer.json());
      text = answer.status === 503 ? page.later : page.failed;
      if (answer.status < 500) break;
    } catch { /* the next attempt */ }
  }
  say(text.replace('{key}', key));
}

function told(answer) {
  say(answer.done && answer.answer.answer !== 'nobody-waits' ? '' : answer.text, SAID_MS);
}

function signIn() {
  say(page.signedOut);
  location.assign(`/anmelden?weiter=${location.pathname}`);
}

async function endDay(button) {
  if (!confirm(button.dataset.endDay)) return;
  const answer = await post('/tag/beenden', {}, POST_MS).catch(() => null);
  if (answer?.status === 401) signIn();
  else if (!answer?.ok) say(page.failed.replace('{key}', button.textContent));
}

picture.addEventListener('click', (event) => {
  const end = event.target.closest('button[data-end-day]');
  if (end) return endDay(end);
  const button = event.target.closest('button[data-act]');
  if (button) press(button);
});

document.addEventListener('keydown', (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const focused = document.activeElement;
  if (event.key === 'Enter' && focused?.tagName === 'BUTTON' && !focused.matches('.c-next')) return;
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const button = [...picture.querySelectorAll('[data-shortcut]')].find((one) => one.dataset.shortcut === key);
  if (!button) return;
  event.preventDefault();
  if (performance.now() - changed < SETTLE_MS) return;
  press(button);
});

function vouch() {
  if (picture.querySelector('[data-clock]')) witness();
}

function step() {
  return picture.querySelector('.c-next')?.dataset.act;
}

function draw(html) {
  const before = step();
  const focused = document.activeElement?.dataset?.act;
  const scrolled = picture.querySelector('.wl')?.scrollTop ?? 0;
  picture.innerHTML = html;
  if (step() !== before) changed = performance.now();
  const list = picture.querySelector('.wl');
  if (list) list.scrollTop = scrolled;
  if (focused) [...picture.querySelectorAll('[data-act]')].find((one) => one.dataset.act === focused)?.focus();
}

setInterval(vouch, WITNESS_MS);
witness();

follow({
  draw,
  async lost(since) {
    const signedOut = await fetch(page.events, { headers: { accept: 'text/plain' }, signal: AbortSignal.timeout(2000) })
      .then((answer) => { answer.body?.cancel(); return answer.status === 401; }, () => false);
    if (signedOut) return signIn();
    say(page.cut.replace('{time}', clock(since)));
  },
  found() { say(''); witness(); },
});
