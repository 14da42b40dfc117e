// The room of a chat: keys, the end of the talk in sight, the panel on a narrow screen, the draft.
(() => {
  "use strict";
  const field = () => document.querySelector("#composer textarea");
  const kept = `room-draft:${location.pathname}`;
  const near = () => innerHeight + scrollY > document.documentElement.scrollHeight - 260;

  function down() {
    scrollTo({ top: document.documentElement.scrollHeight });
  }
  // Only who reads the end of the talk is moved along with it.
  function watch(list) {
    let shown = list.lastElementChild;
    new MutationObserver(() => {
      const last = list.lastElementChild;
      // A line that is there may grow, too: the words or the recording of a message come later.
      const follows = near() || (last !== shown && last && last.classList.contains("own"));
      shown = last;
      if (follows) requestAnimationFrame(down);
    }).observe(list, { childList: true, subtree: true });
    down();
  }

  function fill(text) {
    const node = field();
    if (!node) return;
    node.value = text;
    node.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Vue takes text nodes in after a moment, so the place is chosen when it has.
  function select(find) {
    setTimeout(() => {
      const node = field();
      if (!node) return;
      node.focus();
      const [from, to] = find(node.value);
      node.setSelectionRange(from, to);
    }, 60);
  }

  window.room = {
    focus: () => select((text) => [text.length, text.length]),
    write: () => window.room.focus(),
    hole: () =>
      select((text) => {
        const found = /\{[^{}\n]{1,40}\}/.exec(text);
        return found ? [found.index, found.index + found[0].length] : [text.length, text.length];
      }),
    sent: () => {
      sessionStorage.removeItem(kept);
      window.room.focus();
    },
    picker: () => setTimeout(() => document.querySelector("#picker input")?.focus(), 60),
    side: () => {
      const side = document.getElementById("room-side");
      const room = side.closest(".room");
      const narrow = matchMedia("(max-width: 1100px)").matches;
      const open = room.classList.toggle(narrow ? "side-open" : "side-shut") === narrow;
      document.querySelector("[aria-controls=room-side]").setAttribute("aria-expanded", String(open));
      if (open && narrow) side.focus();
    },
  };

  addEventListener("input", (event) => {
    if (event.target === field()) sessionStorage.setItem(kept, event.target.value);
  });

  // Letters are known by their place, so they work on any layout.
  const typing = (node) => node.closest && node.closest("input, textarea, select, [contenteditable], .q-dialog, .picker");
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = document.querySelector(".room.side-open");
      if (open) window.room.side();
      else if (event.target === field()) event.target.blur();
      return;
    }
    if (event.target.closest && event.target.closest(".picker, .composer")) arrows(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (event.code === "KeyR") {
      const said = document.querySelectorAll(".line.user [data-act=reply]");
      if (said.length) said[said.length - 1].click();
    } else {
      // On a Russian layout «?» is not on the slash, and the key of the slash says a comma.
      const asks = event.key === "?" || (event.code === "Slash" && event.shiftKey);
      if (!asks && (event.shiftKey || event.code === "Slash")) return;
      const code = asks ? "Slash" : event.code;
      const hit = [...document.querySelectorAll(`.room [data-shortcut="${code}"]`)].find((node) => node.offsetParent && !node.disabled);
      if (!hit) return;
      hit.click();
    }
    event.preventDefault();
  });

  // From the field or the search down into the list of templates and back.
  function arrows(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...document.querySelectorAll("#picker .picker-item")].filter((node) => node.offsetParent);
    if (!by || !items.length) return;
    const at = items.indexOf(document.activeElement);
    if (at < 0 && by < 0) return;
    event.preventDefault();
    if (at === 0 && by < 0) field().focus();
    else items[Math.min(Math.max(at + by, 0), items.length - 1)].focus();
  }

  function begin() {
    const list = document.querySelector(".room .transcript");
    const node = field();
    if (!list || !node) return setTimeout(begin, 100);
    watch(list);
    const draft = sessionStorage.getItem(kept);
    if (draft && !node.value) fill(draft);
    const narrow = matchMedia("(max-width: 1100px)").matches;
    document.querySelector("[aria-controls=room-side]")?.setAttribute("aria-expanded", String(!narrow));
  }
  begin();
})();
