// The terminal: keys go to the box one after the other, the box says what is shown.

import { follow, post, pressId } from './live.js';

const picture = document.getElementById('picture');
const terminal = Number(document.body.dataset.terminal);
const POST_MS = 5000;
const TRIES = 3;
const KEYS = { Enter: 'E', Backspace: 'C', Delete: 'C', c: 'C', C: 'C', Escape: 'B' };

let line = Promise.resolve();
let shown = null;

// In order, and again with the same press id: a repeated press is the same press.
function send(address, body) {
  line = line.then(async () => {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        const answer = await post(address, { terminal, ...body }, POST_MS);
        if (answer.status < 500) return;
      } catch { /* the next attempt */ }
      if (!body.press) return;
    }
  });
}

picture.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if ('ticket' in button.dataset) send('/terminal/nummer', { press: pressId() });
  else if (button.dataset.key) send('/terminal/taste', { key: button.dataset.key });
});

document.addEventListener('keydown', (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'Enter' && document.activeElement?.tagName === 'BUTTON') return;
  const key = /^[0-9]$/.test(event.key) ? event.key : KEYS[event.key];
  if (!key) return;
  event.preventDefault();
  send('/terminal/taste', { key });
});

function draw(html, view) {
  picture.innerHTML = html;
  document.documentElement.lang = view.language;
  answered();
}

function answered() {
  const strip = picture.querySelector('.t-time i');
  if (!strip) { shown = null; return; }
  const length = Number(strip.dataset.length);
  const gone = Math.min(Math.max(Date.now() - Number(strip.dataset.began), 0), length);
  strip.animate([{ transform: 'none' }, { transform: 'scaleX(0)' }],
    { duration: length, delay: -gone, easing: `steps(${Math.round(length / 1000)})`, fill: 'forwards' });
  if (shown === strip.dataset.began) return;
  shown = strip.dataset.began;
  if (gone < 2000) sound(picture.querySelector('[data-tone]')?.dataset.tone);
}

// Done: two rising notes. Please check: one soft note twice. Never a buzzer.
function sound(tone) {
  const notes = { done: [[523, 0], [784, 0.1]], check: [[392, 0], [392, 0.25]] }[tone];
  if (!notes) return;
  try {
    const audio = new AudioContext();
    for (const [pitch, after] of notes) note(audio, pitch, audio.currentTime + after);
    setTimeout(() => audio.close(), 1000);
  } catch { /* without sound everything is said on the glass */ }
}

function note(audio, pitch, at) {
  const tone = audio.createOscillator();
  const level = audio.createGain();
  tone.frequency.value = pitch;
  level.gain.setValueAtTime(0.0001, at);
  level.gain.exponentialRampToValueAtTime(0.25, at + 0.01);
  level.gain.exponentialRampToValueAtTime(0.0001, at + 0.18);
  tone.connect(level).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.2);
}

follow({ draw });
answered();
