// The board: rows move, the picture never goes away, the clock goes on without the box.

import { follow } from './live.js';

const picture = document.getElementById('picture');
const cut = document.getElementById('cut');
const still = matchMedia('(prefers-reduced-motion: reduce)');
const MOVE_MS = 240;
const MINUTE_MS = 60000;

let told = readClock();
let alone = false;

function rows() {
  const seen = new Map();
  for (const row of picture.querySelectorAll('.b-row')) {
    seen.set(row.dataset.key, { top: row.getBoundingClientRect().top, times: row.dataset.times });
  }
  return seen;
}

function draw(html) {
  const before = rows();
  picture.innerHTML = html;
  told = readClock();
  if (!still.matches) move(before);
}

function move(before) {
  for (const row of picture.querySelectorAll('.b-row')) {
    const old = before.get(row.dataset.key);
    if (old?.times !== row.dataset.times) row.classList.add('is-fresh');
    const by = (old?.top ?? NaN) - row.getBoundingClientRect().top;
    if (by) {
      row.animate([{ transform: `translateY(${by}px)` }, { transform: 'none' }],
        { duration: MOVE_MS, easing: 'cubic-bezier(.2,.7,.2,1)' });
    }
  }
}

function readClock() {
  const parts = picture.querySelector('.b-clock')?.textContent.split(':').map(Number);
  return parts && { minutes: parts[0] * 60 + parts[1], at: performance.now() };
}

function tick() {
  const shown = picture.querySelector('.b-clock');
  if (!alone || !told || !shown) return;
  const minutes = (told.minutes + Math.floor((performance.now() - told.at) / MINUTE_MS)) % 1440;
  shown.textContent = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}

follow({
  draw,
  // The time of the office, not of this screen: the last one the box told.
  lost() {
    alone = true;
    const since = picture.querySelector('.b-clock')?.textContent ?? '';
    cut.querySelector('time').textContent = since;
    cut.setAttribute('aria-label', since);
    cut.hidden = false;
  },
  found() {
    alone = false;
    cut.hidden = true;
  },
});
setInterval(tick, 1000);
