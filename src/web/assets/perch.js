// Keeps an open page fresh: when the box says that something changed, the page is fetched again and the parts marked
// `data-live` are exchanged. Everything works without this script; it only saves pressing "reload".
"use strict";
(() => {
  const QUIET_MS = 250;
  const stream = document.body.dataset.liveStream;
  let source = null;
  let timer = 0;
  let running = false;
  let again = false;

  // Nothing is exchanged under the hands of somebody who is choosing or typing there.
  const isInUse = (part) => {
    const active = document.activeElement;
    return part.contains(active) && active.matches("input, select, textarea, button, summary");
  };

  const exchange = (fresh) => {
    let changed = 0;
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(part.id);
      if (!other || part.innerHTML === other.innerHTML) continue;
      if (isInUse(part)) { again = true; continue; }
      const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
      part.replaceChildren(...[...other.childNodes].map((node) => document.importNode(node, true)));
      for (const id of open) if (id) document.getElementById(id)?.setAttribute("open", "");
      changed += 1;
    }
    const word = document.getElementById("live-word");
    if (changed && word) word.textContent = word.dataset.word;
  };

  const refresh = async () => {
    if (running) { again = true; return; }
    running = true;
    again = false;
    try {
      const answer = await fetch(location.href, { headers: { "X-Perch-Refresh": "1" }, cache: "no-store" });
      if (answer.redirected) { location.reload(); return; }
      if (answer.ok) exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* The box is away: the stream comes back by itself. */ } finally {
      running = false;
      if (again) soon(2000);
    }
  };

  const soon = (wait = QUIET_MS) => {
    clearTimeout(timer);
    timer = setTimeout(refresh, wait);
  };

  const EVENTS = ["device-seen", "device-changed", "device-reachable", "office-changed", "logged-in", "logged-out",
    "login-refused", "stage-reached", "phone-late", "call-started", "call-ended", "emergency", "store-trouble", "reset"];

  const listen = () => {
    if (source || !document.querySelector("[data-live]")) return;
    source = new EventSource(stream);
    for (const name of EVENTS) source.addEventListener(name, () => soon());
  };

  // A browser opens few connections to one box: a tab nobody looks at gives its own back.
  const follow = () => {
    if (document.hidden) { source?.close(); source = null; } else { listen(); if (document.readyState === "complete") soon(); }
  };

  if (stream && "EventSource" in window) {
    document.addEventListener("visibilitychange", follow);
    if (!document.hidden) listen();
  }

  // The browser knows where it is: proposes its time zone, where the list has it.
  const zones = document.querySelector("select[data-guess-zone]");
  if (zones) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const option of zones.options) if (option.value === zone) option.selected = true;
  }

  // A click on an address selects it whole.
  document.addEventListener("click", (event) => {
    const copy = event.target.closest?.("code.copy");
    if (copy) getSelection().selectAllChildren(copy);
  });
})();
