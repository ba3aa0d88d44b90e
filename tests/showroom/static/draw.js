// Draws one picture of the stage. Every picture is whole; nothing is remembered from the last
// but what moves.
"use strict";
const $ = (id) => document.getElementById(id);
const COLOURS = ["#5B6185", "#2044AA", "#30344F", "#131525", "#1A3789"];
const MOST_PEOPLE = 5;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
function code(text) {
  const [first, second] = text.split(" ");
  return make("b", { class: "code" }, first, make("i"), second || "");
}
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function drawWords(words) {
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = words[element.dataset.text];
  for (const element of document.querySelectorAll("[data-title]")) element.title = words[element.dataset.title];
}

function drawLine(picture, words) {
  const out = picture.plug.out;
  $("stage").classList.toggle("unplugged", out);
  $("plug").setAttribute("aria-pressed", String(out));
  setText($("plug-name"), out ? words.plug_push : words.plug_pull);
  setText($("node-server").querySelector("small"), out ? words.server_out : words.server_in);
  const box = picture.power.state === "off" ? words.box_off
    : picture.power.state === "starting" ? words.box_starting
    : out ? words.box_alone : picture.pending > 0 ? words.box_catching_up : words.box_same;
  setText($("node-box").querySelector("small"), box);
  $("node-box").classList.toggle("off", picture.power.state !== "on");
  // The screens hang on the box: without it they are dark, as in an office.
  $("stage").classList.toggle("dark", picture.power.state !== "on");
  setText($("power"), picture.power.state === "off" ? words.power_on : words.power_off);
  $("power").disabled = picture.power.state === "starting";
  setText($("lost"), String(picture.count.lost));
  setText($("doubled"), String(picture.count.doubled));
  setText($("pending"), String(picture.pending));
  $("waits").hidden = !out && picture.pending === 0;
  $("hint").replaceChildren(...(out ? [fill(words.pulled, { time: picture.plug.since })]
    : [words.pull + " ", make("span", {}, words.pull_more)]));
}

function drawPeople(picture, words) {
  const shown = picture.people.slice(0, MOST_PEOPLE);
  const figures = shown.map((person) => {
    const colour = COLOURS[[...person.code].reduce((sum, ch) => sum + ch.charCodeAt(0), 0) % COLOURS.length];
    const figure = make("figure", { class: person.called ? "go" : "" }, make("figcaption", {}, person.code));
    figure.insertAdjacentHTML("beforeend", '<svg viewBox="0 0 62 80" aria-hidden="true"><circle cx="31" cy="17" r="16"/><path d="M2 80V62a25 25 0 0 1 58 0v18z"/></svg>');
    figure.querySelector("svg").setAttribute("fill", colour);
    return figure;
  });
  const rest = picture.people.length - shown.length;
  if (rest > 0) figures.pop() && figures.push(make("p", { class: "more" }, fill(words.more, { count: rest + 1 })));
  if (!figures.length) figures.push(make("p", { class: "nobody" }, words.nobody));
  $("people").replaceChildren(...figures);
}

function drawDesks(picture, words, press) {
  const place = $("desks");
  while (place.children.length < picture.desks.length) {
    const index = place.children.length;
    const desk = make("section", {}, make("div", {}, make("h3"), make("p", { class: "lamp" })), make("p"), make("button", { class: "key" }));
    desk.querySelector("button").addEventListener("click", () => press(index));
    place.append(desk);
  }
  picture.desks.forEach((desk, index) => drawDesk(place.children[index], desk, words));
}

function drawDesk(place, desk, words) {
  const state = desk.online ? desk.state : "offline";
  place.className = `desk ${state}`;
  place.querySelector("h3").replaceChildren(make("span", { class: "plate" }, String(desk.counter)), `${words.noun} ${desk.counter}`);
  setText(place.querySelector(".lamp"), state === "called" ? words.state_called_more : state === "offline" ? "" : words[`state_${state}`]);
  const lcd = place.querySelector(":scope > p");
  lcd.className = desk.online && desk.code ? "lcd" : "lcd words";
  lcd.replaceChildren(desk.online && desk.code ? code(desk.code) : fill(desk.online ? words.queue_of : words.state_offline, { count: desk.waiting }));
  const label = (state === "called" ? words.key_called : words.key).split("|");
  place.querySelector(".key").replaceChildren(label[0], make("br"), label[1]);
}

function drawCaption(picture) {
  const { text, strong, more, note, quote } = picture.caption;
  const parts = quote ? [make("q", {}, quote)] : [];
  if (strong) parts.push(make("b", {}, strong), make("br"));
  if (text) parts.push(text);
  if (more) parts.push(more);
  $("caption").replaceChildren(...parts);
  setText($("caption-note"), note);
  while ($("strip").children.length < picture.play.count) $("strip").append(make("i"));
  [...$("strip").children].forEach((part, index) => part.classList.toggle("on", index < picture.play.at));
}

function drawPlay(picture, words) {
  $("play").disabled = picture.play.running;
  setText($("play").querySelector("span"), picture.play.running ? words.playing : words.play);
  const hand = $("hand"), at = picture.play.hand;
  hand.classList.toggle("shown", at !== null);
  if (at !== null) [hand.style.left, hand.style.top] = [`${930 + 330 * at + 225}px`, "795px"];
}

function drawPhone(picture, words) {
  const site = $("to-site"), mail = $("to-mail");
  setText(site, words.to_site);
  mail.replaceChildren(words.to_mail, ...(picture.mails ? [make("em", {}, String(picture.mails))] : []));
}
