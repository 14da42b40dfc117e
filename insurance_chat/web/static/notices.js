// Tells a member of staff what has come: toasts, one sound over all tabs, browser notifications.
(() => {
  "use strict";
  const KEEP_MS = 15 * 60 * 1000;
  const GONE_MS = 10000;
  const SHOWN_MS = 2 * 60 * 1000;
  const AGAIN_MS = 1500;
  const most = () => (innerWidth < 600 ? 1 : 3);
  const RIGHTS = {
    granted: "Браузер покажет уведомление, когда эта вкладка не видна.",
    denied: "Уведомления запрещены в браузере. Разрешите их в настройках сайта.",
    missing: "Этот браузер не показывает уведомления: откройте сервис по https.",
    default: "",
  };
  let state = null;
  let skew = 0;
  let audio = null;
  let blinking = null;
  let rang = 0;
  const title = () => document.title.replace(/^● [^—]+ — /, "");

  // What was told is kept for all tabs: {key: {at, gone}}, one record a person.
  const place = () => `staff-told:${state.me}`;
  function told() {
    try {
      return JSON.parse(localStorage.getItem(place())) || {};
    } catch {
      return {};
    }
  }
  function keep(records) {
    const fresh = Object.entries(records).filter(([, record]) => Date.now() - record.at < KEEP_MS || current().has(record.key));
    localStorage.setItem(place(), JSON.stringify(Object.fromEntries(fresh)));
  }
  function mark(key, change) {
    const records = told();
    records[key] = { at: Date.now(), ...records[key], key, ...change };
    keep(records);
  }

  // Everything that a person may be told of now, by key.
  function current() {
    const found = new Map();
    for (const row of state.waiting) found.set(`r:${row.id}:${row.since}`, row);
    for (const row of state.held) if (row.seq) found.set(`m:${row.id}:${row.seq}`, { ...row, rings: true, said: true });
    return found;
  }
  const looksAt = (row) => location.pathname.startsWith(row.url) && document.visibilityState === "visible";

  function take(next) {
    skew = next.now - Date.now();
    const first = !state;
    state = next;
    for (const [key, row] of current()) {
      if (told()[key]) continue;
      if (row.said && looksAt(row)) mark(key, { gone: true });
      else if (row.rings) once(key, () => ring(key, row));
    }
    draw();
    if (first) controls();
  }

  // Only one tab rings. Where the browser has no locks, a random pause keeps tabs apart.
  function once(key, action) {
    const check = () => {
      if (told()[key]) return;
      mark(key, {});
      action();
    };
    if (navigator.locks) navigator.locks.request(place(), check);
    else setTimeout(check, Math.random() * 300);
  }

  function ring(key, row) {
    dispatchEvent(new CustomEvent("staff:ring", { detail: key }));
    // Several that come at once are one sound and one notification.
    if (Date.now() - rang > AGAIN_MS) {
      beep();
      notify(key, row);
    }
    rang = Date.now();
    draw();
  }

  function beep(anyway) {
    if (!anyway && localStorage.getItem("staff-sound") === "off") return;
    if (!audio || audio.state !== "running") return;
    for (const [tone, after] of [[660, 0], [880, 0.16]]) {
      const voice = audio.createOscillator();
      const volume = audio.createGain();
      const start = audio.currentTime + after;
      voice.frequency.value = tone;
      volume.gain.setValueAtTime(0.0001, start);
      volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
      voice.connect(volume).connect(audio.destination);
      voice.start(start);
      voice.stop(start + 0.32);
    }
  }
  // A browser lets a page sound only after the first touch of its reader.
  function wakeAudio() {
    audio ||= new AudioContext();
    if (audio.state === "suspended") audio.resume();
  }

  const rights = () => (window.Notification && isSecureContext ? Notification.permission : "missing");
  function notify(key, row) {
    if (rights() !== "granted" || (document.visibilityState === "visible" && document.hasFocus())) return;
    try {
      const shown = new Notification(row.title, { body: row.text, tag: key, lang: "ru" });
      shown.onclick = () => {
        focus();
        mark(key, { gone: true });
        location.href = row.url;
      };
    } catch {
      // A phone shows such notifications only for installed pages; the sound and the toast remain.
    }
  }

  function el(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  function box() {
    let node = document.getElementById("staff-toasts");
    if (!node) {
      node = el("section", { id: "staff-toasts", class: "toasts", "aria-label": "Новое для вас", "aria-live": "polite" });
      document.body.append(node);
    }
    return node;
  }

  function toastOf(key, row, lost) {
    const close = el("button", { type: "button", class: "toast-close", "aria-label": "Скрыть уведомление" }, "×");
    close.onclick = () => dismiss(key);
    if (lost) return el("div", { class: "toast lost" }, el("p", {}, lost), close);
    const open = el("a", { href: row.url, class: "toast-open" }, "Открыть чат");
    open.onclick = () => mark(key, { gone: true });
    return el("div", { class: "toast" }, el("b", {}, row.title), el("p", {}, row.text), open, close);
  }

  function dismiss(key) {
    mark(key, { gone: true });
    draw();
  }

  // What has been told lately and not put away, latest first; another tab may know more than this one.
  function pending() {
    const found = current();
    const taken = new Map(state.taken.map((row) => [row.id, row.text]));
    const wanted = [];
    for (const [key, record] of Object.entries(told())) {
      if (record.gone || Date.now() - record.at > SHOWN_MS) continue;
      const row = found.get(key);
      const lost = !row && key.startsWith("r:") && taken.get(key.split(":")[1]);
      if (row || lost) wanted.push({ key, row, lost, at: record.at });
    }
    return wanted.sort((a, b) => b.at - a.at);
  }

  // A request that another agent took says so in its place. The queue's own page needs no toasts.
  function draw() {
    const inQueue = location.pathname === state.queue;
    if (inQueue && document.visibilityState === "visible" && document.hasFocus()) {
      for (const { key, row } of pending()) if (row && !row.said) mark(key, { gone: true });
    }
    // Nobody is told of the chat that they are looking at.
    const wanted = pending().filter(({ row }) => !row || !looksAt(row));
    const shown = inQueue ? [] : wanted.slice(0, most()).reverse();
    const holder = box();
    const version = ({ key, lost }) => `${key}|${lost || ""}`;
    const keep = new Set(shown.map(version));
    for (const node of [...holder.children]) if (!keep.has(node.dataset.version)) node.remove();
    for (const one of shown) {
      if ([...holder.children].some((node) => node.dataset.version === version(one))) continue;
      const node = toastOf(one.key, one.row, one.lost);
      node.dataset.version = version(one);
      holder.append(node);
      if (one.lost) setTimeout(() => dismiss(one.key), GONE_MS);
    }
    const rest = inQueue ? 0 : wanted.length - shown.length;
    if (rest) holder.prepend(el("a", { href: state.queue, class: "toast-rest", "data-version": "rest" }, `Ещё в очереди: ${rest}`));
    blink(wanted.find(({ row }) => row));
  }
  setInterval(() => state && draw(), 15000);

  // The tab's title calls while nobody looks at it.
  function blink(first) {
    clearInterval(blinking);
    document.title = title();
    if (!first || document.visibilityState === "visible") return;
    const plain = title();
    const call = `● ${first.row.title} — ${plain}`;
    blinking = setInterval(() => (document.title = document.title === call ? plain : call), 1000);
  }

  function controls() {
    const now = rights();
    for (const node of document.querySelectorAll("[data-permit]")) node.hidden = now !== "default";
    for (const node of document.querySelectorAll("[data-permission]")) node.textContent = RIGHTS[now] || "";
    const offered = now === "default" && localStorage.getItem("staff-offer") !== "no";
    for (const node of document.querySelectorAll("[data-offer]")) node.hidden = !offered;
    const off = localStorage.getItem("staff-sound") === "off";
    for (const node of document.querySelectorAll("[data-sound]")) {
      node.textContent = off ? "Звук выключен" : "Звук включён";
      node.setAttribute("aria-pressed", String(!off));
    }
  }

  addEventListener("click", (event) => {
    wakeAudio();
    const hit = (name) => event.target.closest && event.target.closest(`[${name}]`);
    if (hit("data-permit")) Notification.requestPermission().then(controls);
    if (hit("data-sound")) localStorage.setItem("staff-sound", localStorage.getItem("staff-sound") === "off" ? "on" : "off");
    if (hit("data-try")) beep(true);
    if (hit("data-later")) localStorage.setItem("staff-offer", "no");
    for (const open of document.querySelectorAll("details.bell[open]")) if (!open.contains(event.target)) open.open = false;
    controls();
  });
  addEventListener("storage", () => state && (controls(), draw()));
  document.addEventListener("visibilitychange", () => state && take(state));

  function elapsed(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    const two = (number) => String(number).padStart(2, "0");
    if (seconds < 60) return `${seconds} с`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} мин ${two(seconds % 60)} с`;
    return `${Math.floor(seconds / 3600)} ч ${two(Math.floor(seconds / 60) % 60)} мин`;
  }
  setInterval(() => {
    for (const node of document.querySelectorAll("[data-since]")) {
      node.textContent = elapsed(Date.now() + skew - Number(node.dataset.since));
    }
  }, 1000);

  // Keys work on any layout: letters are known by their place. Enter presses the chosen button itself.
  let led = 0;
  function step(by) {
    const stops = [...document.querySelectorAll("[data-key-stop]")];
    if (!stops.length) return false;
    const at = stops.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.min(Math.max(at + by, 0), stops.length - 1);
    stops[next].focus();
    stops[next].scrollIntoView({ block: "nearest" });
    return true;
  }
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest && event.target.closest("input, textarea, select, [contenteditable], .q-dialog")) return;
    if (event.code === "KeyQ" && Date.now() - led < 1500) location.href = state ? state.queue : "/staff/workspace/chats";
    led = event.code === "KeyG" ? Date.now() : 0;
    const free = document.activeElement === document.body || document.activeElement.matches("[data-key-stop]");
    const by = { KeyJ: 1, KeyK: -1 }[event.code] || (free && { ArrowDown: 1, ArrowUp: -1 }[event.code]);
    if (by && step(by)) event.preventDefault();
  });

  // The service writes the state into an attribute; this also holds after a lost connection.
  function read() {
    const node = document.getElementById("staff-state");
    if (!node) return;
    const text = node.dataset.state;
    if (text && text !== "{}" && text !== read.last) take(JSON.parse((read.last = text)));
  }
  new MutationObserver(read).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
  document.addEventListener("DOMContentLoaded", controls);
})();
