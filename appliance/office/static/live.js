// The line from the box to a screen: the newest picture, and word of a cut line.
//
// What must always hold: a page that missed something is right again with the next picture,
// and the last good picture stays until then.

const QUIET_MS = 15000; // Longer silence is looked into: a dead line makes no sound.
const LOST_MS = 5000;   // A hiccup shorter than this is nobody's business.
const AGAIN_MS = 2000;
const ALIVE_MS = 10000; // The watcher of a screen waits for six of them.

export function follow({ draw, lost = () => {}, found = () => {} }) {
  const page = document.body.dataset;
  let source = null;
  let heard = performance.now();
  let cut = null;
  let last = null;

  function well() {
    heard = performance.now();
    if (cut === null) return;
    clearTimeout(cut.timer);
    if (cut.told) found();
    cut = null;
  }

  function broken() {
    if (cut !== null) return;
    cut = { told: false, timer: setTimeout(() => { cut.told = true; lost(new Date(Date.now() - LOST_MS)); }, LOST_MS) };
  }

  function open() {
    source?.close();
    source = new EventSource(page.events);
    source.onopen = well;
    source.onmessage = (event) => {
      well();
      const picture = JSON.parse(event.data);
      if (picture.build !== page.build) return location.reload();
      if (picture.html === last) return;
      last = picture.html;
      draw(picture.html, picture.view);
    };
    source.onerror = () => {
      broken();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
    };
  }

  async function listen() {
    if (performance.now() - heard < QUIET_MS) return;
    try {
      await fetch('/gesund', { signal: AbortSignal.timeout(LOST_MS), cache: 'no-store' });
      if (cut === null) heard = performance.now();
    } catch {
      broken();
      open();
    }
  }

  open();
  setInterval(listen, QUIET_MS);
  tellPainted();
}

// Only the browsers of the box itself have a screen in their address. A page that is white, hidden or
// stands still tells nothing, and its browser is started again.
function tellPainted() {
  const screen = Number(new URLSearchParams(location.search).get('bildschirm'));
  if (!screen) return;
  const shows = () => document.getElementById('picture')?.innerText.trim();
  const tell = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    if (shows()) post('/bildschirm/lebt', { screen }, LOST_MS).catch(() => { /* the next one */ });
  }));
  tell();
  setInterval(tell, ALIVE_MS);
}

// A name for a press that no other press has; also without a secure context.
export function pressId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return 'web-' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function post(address, body, ms) {
  return fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ms),
  });
}

export function clock(date) {
  return `${date.getHours()}:${String(date.getMinutes()).padStart(2, '0')}`;
}

// Tells the box what this computer's clock says; the box believes two computers that agree.
export async function witness() {
  const answer = await post('/uhr/zeuge', { now: Date.now() }, LOST_MS).catch(() => null);
  return answer?.ok ? (await answer.json()).day : null;
}
