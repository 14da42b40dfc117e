import { T } from "./copy.js";
import { button, h, icon } from "./dom.js";
import { dayKey, dayName, parseDate } from "./format.js";
import { growingView, messageView, normalised, pendingView, uploadView } from "./view_message.js";

const GROUP_WITHIN = 5 * 60 * 1000;
const NEAR_BOTTOM = 80;

/** The scrolling log. Draws only what changed, so focus and open panels survive new messages. */
export class ListView {
  constructor(ui) {
    this.ui = ui;
    this.nodes = new Map();
    this.earlier = button("btn earlier", null, () => this.readEarlier(), T.earlier);
    this.rows = h("div", { class: "rows", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": T.logLabel });
    this.rows.setAttribute("aria-busy", "true");
    this.tail = h("div", { class: "tail" });
    this.scroller = h("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": T.logLabel, onscroll: () => this.scrolled() }, this.earlier, this.rows, this.tail);
    this.jump = button("jump", T.toBottom, () => this.toBottom(), icon("down"));
    this.jump.hidden = true;
    this.node = h("div", { class: "list" }, this.scroller, this.jump);
    this.pinned = true;
    new ResizeObserver(() => this.pinned && this.toBottom()).observe(this.scroller);
  }

  entries() {
    const { chat, uploads } = this.ui;
    const said = chat.log.all().map((message) => {
      const full = normalised(message);
      const shown = this.ui.shownText(message);
      return {
        key: message.clientMessageId || message.id,
        version: `${message.id}|${shown}|${JSON.stringify(message.metadata, withoutLinks)}`,
        sender: message.sender,
        name: full.metadata.agentName,
        date: parseDate(message.createdAt),
        draw: () => messageView(full, shown, this.ui),
      };
    });
    const waiting = chat.outbox.items
      .filter((item) => !chat.log.has(item.clientMessageId))
      .map((item) => ({ key: item.clientMessageId, version: item.status, sender: "user", date: parseDate(item.createdAt), draw: () => pendingView(item, this.ui) }));
    const rising = uploads.items.map((upload) => ({ key: upload.key, version: String(upload.error), sender: "user", date: new Date(), draw: () => uploadView(upload, this.ui) }));
    const { growing } = chat;
    const written = growing ? [{ key: growing.id, version: "growing", sender: "ai", date: growing.since, draw: () => growingView(growing, this.ui) }] : [];
    return [...said, ...written, ...waiting, ...rising];
  }

  render() {
    const { chat } = this.ui;
    const entries = this.entries();
    this.earlier.hidden = chat.earlier == null || !chat.loaded;
    let fresh = null;
    const wanted = [];
    entries.forEach((entry, i) => {
      const before = entries[i - 1];
      if (!before || dayKey(before.date) !== dayKey(entry.date)) wanted.push(this.dayNode(entry.date));
      const known = this.nodes.has(entry.key);
      const node = this.nodeOf(entry);
      if (!known) fresh = node;
      node.className = [node.base, !joined(before, entry) && "first", !joined(entry, entries[i + 1]) && "last"].filter(Boolean).join(" ");
      if (node.refresh) node.refresh();
      wanted.push(node);
    });
    this.place(wanted);
    this.drawTail(entries);
    this.rows.setAttribute("aria-busy", String(!chat.loaded));
    this.follow(fresh, entries.at(-1));
  }

  dayNode(date) {
    const name = dayName(date);
    return this.nodeOf({ key: `day-${dayKey(date)}`, version: name, draw: () => h("div", { class: "day" }, h("span", {}, name)) });
  }

  nodeOf(entry) {
    const cached = this.nodes.get(entry.key);
    if (cached && cached.version === entry.version) return cached.node;
    const node = entry.draw();
    if (cached) cached.node.replaceWith(node);
    this.nodes.set(entry.key, { node, version: entry.version });
    return node;
  }

  /** Moves only what is out of place: moving a node would drop its focus. */
  place(wanted) {
    const keep = new Set(wanted);
    for (const node of [...this.rows.children]) if (!keep.has(node)) node.remove();
    for (const [key, { node }] of this.nodes) if (!keep.has(node)) this.nodes.delete(key);
    let at = this.rows.firstChild;
    for (const node of wanted) {
      if (node === at) at = at.nextSibling;
      else this.rows.insertBefore(node, at);
    }
  }

  drawTail(entries) {
    const { chat } = this.ui;
    const last = chat.log.last();
    const waiting = chat.outbox.items.length > 0 || this.ui.uploads.items.length > 0;
    const replies = !waiting && last && last.sender !== "user" ? normalised(last).metadata.quickReplies : [];
    const state = JSON.stringify([replies, chat.typing, chat.loaded, entries.length > 0]);
    if (state === this.tailState) return;
    this.tailState = state;
    const parts = [];
    if (!chat.loaded && !entries.length && chat.known) parts.push(h("div", { class: "hint centre" }, T.loading));
    else if (!entries.length && !chat.typing) parts.push(this.welcome());
    if (replies.length) parts.push(this.buttons(replies, T.quick));
    if (chat.typing) parts.push(this.typing(chat.typing));
    this.tail.replaceChildren(...parts);
  }

  welcome() {
    const starters = T.starters.map((title) => ({ title, value: title }));
    return h(
      "div",
      { class: "welcome" },
      h("div", { class: "avatar big" }, icon("shield")),
      h("h3", {}, T.welcomeTitle),
      h("p", {}, T.welcomeText),
      this.buttons(starters, T.startersLabel),
    );
  }

  buttons(replies, label) {
    const press = (reply) => {
      this.ui.chat.send(String(reply.value ?? reply.title), { title: reply.title });
      this.ui.focusInput();
    };
    return h("div", { class: "quick", role: "group", "aria-label": label }, replies.map((reply) => button("quick-btn", null, () => press(reply), reply.title)));
  }

  typing({ sender }) {
    const agent = sender === "agent";
    const dots = [1, 2, 3].map(() => h("span", { class: "dot" }));
    return h("div", { class: "typing" }, h("span", { class: agent ? "hint" : "sr", role: "status" }, T.typing(agent ? T.who.agent : T.who.ai)), dots);
  }

  /** Stays at the end when the reader is there; an answer taller than the window is shown from its top. */
  follow(fresh, last) {
    const own = last && last.sender === "user" && fresh;
    const { growing } = this.ui.chat;
    const held = this.grew;
    this.grew = growing ? growing.id : null;
    // A reply taller than the window is read from its top while it grows; its end must not pull the reader down.
    const grown = last && last.key === (this.grew || held) && this.nodes.get(last.key).node;
    if (grown && !fresh && grown.offsetHeight > this.scroller.clientHeight) {
      this.pinned = false;
      this.jump.hidden = false;
      return;
    }
    if (!this.pinned && !own) {
      if (fresh) this.jump.classList.add("new");
      this.jump.setAttribute("aria-label", fresh ? T.newBelow : T.toBottom);
      return;
    }
    const tall = fresh && !own && this.drawn && fresh.offsetHeight > this.scroller.clientHeight;
    this.drawn = this.ui.chat.loaded;
    if (tall) this.scroller.scrollTop = fresh.offsetTop - 12;
    else this.toBottom();
  }

  toBottom() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.pinned = true;
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.pinned = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM;
    this.jump.hidden = this.pinned;
    if (this.pinned) this.jump.classList.remove("new");
  }

  async readEarlier() {
    const height = this.scroller.scrollHeight;
    this.earlier.disabled = true;
    this.pinned = false;
    try {
      await this.ui.chat.readEarlier();
      this.render();
      this.scroller.scrollTop += this.scroller.scrollHeight - height;
    } catch {
      // The button stays, so that the reader can press it again.
    }
    this.earlier.disabled = false;
  }
}

/** A link is signed anew each time the service shows a message; that alone is no reason to draw it again. */
function withoutLinks(name, value) {
  return name === "url" ? undefined : value;
}

function joined(a, b) {
  if (!a || !b || a.sender !== b.sender || a.name !== b.name) return false;
  return dayKey(a.date) === dayKey(b.date) && Math.abs(b.date - a.date) < GROUP_WITHIN;
}
