// Makes the pages livelier. Everything works without it: it only counts what is left, shows what
// was chosen before the next page does, and turns the page when the booking is confirmed.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const fill = (text, values) => Object.entries(values).reduce((t, [k, v]) => t.replace(`{${k}}`, v), text);
const counted = (one, many, n) => (n === 1 ? one : fill(many, { n }));

// Step 1: persons without a new page, and how long it will take.
for (const form of all("form[data-services]")) {
  const say = form.dataset;
  const field = form.elements.personen;
  const [less, more] = all(".qty button", form);
  const show = () => {
    const persons = Number(field.value);
    const picked = all("input[name=service]:checked", form);
    const minutes = picked.reduce((sum, s) => sum + Number(s.dataset.minutes) + Number(s.dataset.further) * (persons - 1), 0);
    const rounded = Math.ceil(minutes / say.grid) * say.grid;
    all(".qty output", form)[0].value = counted(say.personsOne, say.persons, persons);
    less.disabled = persons <= 1;
    more.disabled = persons >= Number(say.most);
    const what = `${counted(say.servicesOne, say.services, picked.length)}, ${counted(say.personsOne, say.persons, persons)}`;
    all("[data-show=what]", form).forEach((e) => { e.textContent = what; });
    all("[data-show=long]", form).forEach((e) => { e.textContent = counted(say.minutesOne, say.minutes, rounded); });
    all("[data-live]", form).forEach((e) => { e.hidden = picked.length === 0; });
  };
  const step = (by) => (event) => {
    event.preventDefault();
    field.value = Math.min(Math.max(Number(field.value) + by, 1), Number(say.most));
    show();
  };
  less.addEventListener("click", step(-1));
  more.addEventListener("click", step(1));
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}

// Step 2: the chosen day and time beside the button.
for (const form of all("form[data-times]")) {
  const show = () => {
    const chosen = all("input[name=start]:checked", form)[0];
    all("[data-live]", form).forEach((e) => { e.hidden = !chosen; });
    if (!chosen) return;
    all("[data-show=when]", form).forEach((e) => { e.textContent = chosen.dataset.when; });
    all("[data-show=day]", form).forEach((e) => { e.textContent = chosen.dataset.day; });
    all("[data-show=clock]", form).forEach((e) => { e.textContent = chosen.dataset.clock; });
  };
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}

// What is left of a held time, in whole minutes. Counted from the page's arrival, because the
// reader's clock may be wrong.
for (const left of all("[data-left]")) {
  const end = performance.now() + Number(left.dataset.left) * 1000;
  let said = left.textContent;
  const tick = () => {
    const seconds = (end - performance.now()) / 1000;
    const minutes = Math.floor(seconds / 60);
    const { one, many, text, last, over } = left.dataset;
    // Where nothing is being typed the page asks how it stands; a form is never taken away.
    if (seconds <= 0 && !over) { location.reload(); return; }
    const now = seconds <= 0 ? over : minutes < 1 ? last : fill(text, { minutes: counted(one, many, minutes) });
    if (now !== said) { left.textContent = now; said = now; }
    if (seconds <= 0) return;
    // Said aloud are only "2 minutes" and what comes after the last one.
    left.setAttribute("aria-live", minutes === 3 || minutes <= 1 ? "polite" : "off");
    setTimeout(tick, 1000 * Math.min(seconds % 60 + 0.2, seconds + 0.5));
  };
  if (Number(left.dataset.left) > 0) tick();
}

// "Not booked yet" turns by itself when the link was used, on whatever device.
for (const page of all("[data-events]")) {
  const events = new EventSource(page.dataset.events);
  events.addEventListener("changed", () => { events.close(); location.reload(); });
}

// After a form came back, the list of what to look at again is read first.
all("[data-focus]").slice(0, 1).forEach((e) => e.focus());
