// The page's ends: pictures come in as events, what the visitor does goes out as acts.
"use strict";
(async () => {
  const words = await (await fetch("/texte.json")).json();
  let picture = null, lastTurn = -1, lastLife = -1, lastRing = null, lastScan = 0, pressed = null;
  drawWords(words);
  keypad();

  function act(what) {
    Chime.wake();
    fetch("/akt", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(what) });
  }

  function fit() {
    const scale = Math.min(innerWidth / 1600, innerHeight / 1000);
    $("stage").style.setProperty("--scale", String(scale));
  }
  addEventListener("resize", fit);
  fit();

  function show(frame, url) {
    if (frame.dataset.url !== url) {
      frame.dataset.url = url;
      frame.src = url;
    }
  }

  function draw(next) {
    picture = next;
    setText($("town"), words.tagline);
    $("curtain").textContent = picture.curtain || "";
    if (picture.life !== lastLife) {
      lastLife = picture.life;
      for (const frame of document.querySelectorAll("iframe")) delete frame.dataset.url;
    }
    if (picture.urls) {
      show($("terminal"), picture.urls.terminal);
      show($("board"), picture.urls.board);
      phone();
    }
    drawLine(picture, words);
    drawPeople(picture, words);
    drawDesks(picture, words, press);
    drawCaption(picture);
    drawPlay(picture, words);
    drawPhone(picture, words);
    if (lastRing !== null && picture.rings > lastRing && !picture.box_sounds) Chime.ring();
    lastRing = picture.rings;
    if (picture.scans !== lastScan) beam(picture.scans > lastScan);
    lastScan = picture.scans;
    if (!picture.named && !$("ask").open) ask();
  }

  // The phone goes where the play leads it, and where the visitor leads it in between.
  function phone() {
    const turn = `${picture.life}:${picture.phone.turn}`;
    if (turn !== lastTurn) {
      lastTurn = turn;
      $("phone").src = picture.phone.url;
      mark(picture.phone.url === picture.urls.inbox || picture.phone.url.startsWith("/post") ? "to-mail" : "to-site");
    }
  }
  function mark(tab) {
    for (const id of ["to-site", "to-mail"]) $(id).toggleAttribute("aria-current", id === tab);
  }
  $("to-site").addEventListener("click", () => { $("phone").src = picture.urls.site; mark("to-site"); });
  $("to-mail").addEventListener("click", () => { $("phone").src = "/postfach"; mark("to-mail"); });

  function beam(on) {
    $("scan").classList.toggle("busy", on);
    if (on) setTimeout(() => $("scan").classList.remove("busy"), 900);
  }

  // A desk device tells one press from two by itself; here the page is the device's button.
  function press(desk) {
    const state = picture.desks[desk].state;
    if (state !== "called" && state !== "serving") return act({ act: "press", desk, gesture: "short" });
    if (pressed && pressed.desk === desk) {
      clearTimeout(pressed.timer);
      pressed = null;
      return act({ act: "press", desk, gesture: "double" });
    }
    pressed = { desk, timer: setTimeout(() => { pressed = null; act({ act: "press", desk, gesture: "short" }); }, 400) };
  }

  function keypad() {
    for (const key of ["1", "2", "3", "4", "5", "6", "7", "8", "9", "C", "0", "E"]) {
      const button = make("button", { class: key === "E" ? "ok" : key === "5" ? "five" : "" }, key === "E" ? "↵" : key);
      if (key === "E") button.setAttribute("aria-label", words.enter);
      if (key === "C") button.setAttribute("aria-label", words.clear);
      button.addEventListener("click", () => act({ act: "key", key }));
      $("keypad").append(button);
    }
  }

  function ask() {
    $("name").value = picture.town;
    $("ask").showModal();
    $("name").select();
  }
  $("ask").addEventListener("close", () => act({ act: "name", town: $("name").value }));
  $("plug").addEventListener("click", () => act({ act: "plug", out: !picture.plug.out }));
  $("power").addEventListener("click", () => act({ act: "power", on: picture.power.state === "off" }));
  $("scan").addEventListener("click", () => act({ act: "scan" }));
  $("play").addEventListener("click", () => act({ act: "play" }));
  $("reset").addEventListener("click", () => act({ act: "reset" }));
  addEventListener("keydown", (event) => {
    const typing = event.target.matches("input") || event.ctrlKey || event.metaKey || event.altKey;
    if (!typing && event.key.toLowerCase() === "r") act({ act: "reset" });
  });

  const events = new EventSource("/buehne");
  events.addEventListener("message", (event) => draw(JSON.parse(event.data)));
  events.addEventListener("error", () => { $("curtain").textContent = words.gone; });
})();
