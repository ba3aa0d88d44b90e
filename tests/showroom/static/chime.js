// The chime in the browser, for machines whose box has no sound card (the page is told).
// Two soft bell tones a major third apart, as the box's own.
"use strict";
const Chime = (() => {
  let context = null;
  function wake() {
    context = context || new AudioContext();
    if (context.state === "suspended") context.resume();
  }
  function bell(hertz, at) {
    for (const [part, loud] of [[1, 0.3], [2, 0.08], [3, 0.03]]) {
      const tone = context.createOscillator(), gain = context.createGain();
      tone.frequency.value = hertz * part;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(loud, at + 0.01);
      gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.8);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.85);
    }
  }
  function ring() {
    if (!context || context.state !== "running") return;
    bell(659, context.currentTime);
    bell(523, context.currentTime + 0.4);
  }
  return { wake, ring };
})();
