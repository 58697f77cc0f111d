// Keeps an open page fresh: when the box says that something changed which this page shows, the page is fetched again and
// the parts marked `data-live` are exchanged. Everything works without this script; it only saves pressing "reload".
"use strict";
(() => {
  // Events come in bursts: the first waits for company, and a page asks at most once a second, less often of a slow box.
  const GATHER_MS = 250;
  const LEAST_MS = 1000;
  const { liveStream: stream, liveEvents: events = "", liveDevice: device } = document.body.dataset;
  let source = null;
  let timer = 0;
  let running = false;
  let again = false;
  let next = 0;
  let shown = "";

  // Nothing is exchanged under the hands of somebody who is choosing or typing there.
  const isInUse = (part) => {
    const active = document.activeElement;
    return part.contains(active) && active.matches("input, select, textarea, button, summary");
  };

  // Whether everything could be exchanged.
  const exchange = (fresh) => {
    let changed = 0;
    let left = 0;
    for (const part of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(part.id);
      if (!other || part.innerHTML === other.innerHTML) continue;
      if (isInUse(part)) { left += 1; continue; }
      const open = [...part.querySelectorAll("details[open]")].map((one) => one.id);
      part.replaceChildren(...[...other.childNodes].map((node) => document.importNode(node, true)));
      for (const id of open) if (id) document.getElementById(id)?.setAttribute("open", "");
      changed += 1;
    }
    const word = document.getElementById("live-word");
    if (changed && word) word.textContent = word.dataset.word;
    return left === 0;
  };

  const refresh = async () => {
    timer = 0;
    if (running) { again = true; return; }
    running = true;
    again = false;
    const begun = performance.now();
    try {
      const headers = { "X-Perch-Refresh": "1" };
      if (shown) headers["If-None-Match"] = shown;
      const answer = await fetch(location.href, { headers, cache: "no-store" });
      if (answer.redirected) { location.reload(); return; }
      if (answer.ok) {
        const isWhole = exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
        shown = isWhole ? answer.headers.get("ETag") ?? "" : "";
        again ||= !isWhole;
      } else if (answer.status !== 304) { again = true; }
    } catch { /* The box is away: the stream comes back by itself. */ } finally {
      running = false;
      const now = performance.now();
      next = now + Math.max(LEAST_MS, 4 * (now - begun));
      if (again) soon();
    }
  };

  const soon = () => {
    if (!timer) timer = setTimeout(refresh, Math.max(GATHER_MS, next - performance.now()));
  };

  // What happens to another phone changes nothing on the page of one.
  const concerns = (event) => {
    if (!device) return true;
    try {
      const told = JSON.parse(event.data);
      return !told.device || told.device === device;
    } catch { return true; }
  };

  const listen = () => {
    if (source || !document.querySelector("[data-live]")) return;
    source = new EventSource(stream);
    for (const name of events.split(" ").concat("reset")) {
      source.addEventListener(name, (event) => { if (concerns(event)) soon(); });
    }
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
