import { Chat } from "./chat.js";
import { T } from "./copy.js";
import { button, h, icon } from "./dom.js";
import { STYLE } from "./style.js";
import { accentRules } from "./theme.js";
import { Uploads } from "./uploads.js";
import { Panel } from "./view_panel.js";
import { Viewport } from "./viewport.js";

function sheetOf(css) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  return sheet;
}

/** `<insurance-chat>`: the launcher and the panel, in a shadow root that the page's CSS cannot reach. */
export class InsuranceChat extends HTMLElement {
  /** Where the service is when the element does not say; set from the address of the script. */
  static defaultBase = location.origin;

  connectedCallback() {
    if (!this.shadowRoot) this.build();
    if (this.layer.showPopover) this.layer.showPopover();
    const reopen = !this.viewport.phone && this.recall();
    if (this.chat.known || reopen) this.chat.start();
    if (reopen || this.hasAttribute("open")) this.open(false);
    this.paint("all");
    this.tell("ready");
  }

  disconnectedCallback() {
    // Being moved inside the page is a disconnect followed at once by a connect.
    queueMicrotask(() => this.isConnected || this.shutDown());
  }

  shutDown() {
    this.viewport.set(false);
    this.chat.stop();
    clearTimeout(this.panel.bannerTimer);
  }

  build() {
    this.base = this.getAttribute("api") || InsuranceChat.defaultBase;
    const invitation = this.getAttribute("invitation") || undefined;
    const returns = this.getAttribute("returns");
    this.chat = new Chat(this.base, { onChange: (what) => this.plan(what), onMessage: (message) => this.arrived(message), invitation, returns });
    this.uploads = new Uploads(this.chat, () => this.plan("log"), (text) => this.panel.composer.showProblem(text));
    this.badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
    this.launcher = button("launcher", T.open, () => this.open(), icon("chat"), this.badge);
    this.launcher.setAttribute("aria-haspopup", "dialog");
    this.panel = new Panel(this, this.getAttribute("title-text") || T.title);
    this.layer = h("div", { class: "layer", popover: "manual", lang: "ru" }, this.launcher, this.panel.node);
    this.viewport = new Viewport(this.layer);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheetOf(STYLE), sheetOf(accentRules(this.getAttribute("accent")))];
    root.append(this.layer);
  }

  get isOpen() {
    return !this.panel.node.hidden;
  }

  get fullScreen() {
    return this.viewport.phone;
  }

  open(focus = true) {
    if (this.isOpen) return;
    this.panel.node.hidden = false;
    this.launcher.hidden = true;
    this.viewport.set(true);
    this.panel.node.setAttribute("aria-modal", String(this.fullScreen));
    this.remember(true);
    this.chat.start();
    this.paint("all");
    this.panel.list.toBottom();
    this.panel.composer.resize();
    // On a phone the keyboard would cover half of what the visitor came to read.
    if (focus) (this.fullScreen ? this.panel.node : this.panel.composer.field).focus();
    this.tell("open");
  }

  close() {
    if (!this.isOpen) return;
    this.panel.node.hidden = true;
    this.launcher.hidden = false;
    this.viewport.set(false);
    this.remember(false);
    this.paint("status");
    this.launcher.focus();
    this.tell("close");
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** Sends a message in the visitor's name, e.g. from a button of the page, and opens the chat. */
  send(text) {
    if (!String(text || "").trim()) return;
    this.open();
    this.chat.send(String(text).trim());
  }

  focusInput() {
    if (this.fullScreen) this.panel.node.focus();
    else this.panel.composer.field.focus();
  }

  openSheet(title, fill) {
    this.panel.openSheet(title, fill);
  }

  /** Draws once for all changes of the same moment; unlike animation frames this works in a hidden tab. */
  plan() {
    if (this.planned || !this.panel) return;
    this.planned = true;
    queueMicrotask(() => {
      this.planned = false;
      this.paint();
    });
  }

  paint() {
    this.panel.render();
    if (this.isOpen) {
      this.panel.list.render();
      if (document.visibilityState === "visible") this.chat.markRead();
    }
    const unread = this.isOpen ? 0 : this.chat.unread;
    this.badge.hidden = unread === 0;
    this.badge.textContent = unread > 99 ? "99+" : String(unread);
    this.launcher.setAttribute("aria-label", unread ? T.unread(unread) : T.open);
    if (unread !== this.lastUnread) this.tell("unread", { count: unread });
    this.lastUnread = unread;
  }

  arrived(message) {
    // No text in the event: what a client tells an insurer is not for the page's analytics.
    this.tell("message", { id: message.id, sender: message.sender });
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(`insurance-chat:${name}`, { detail, bubbles: true, composed: true }));
  }

  recall() {
    try {
      return sessionStorage.getItem("insurance-chat:open") === "1";
    } catch {
      return false;
    }
  }

  remember(open) {
    try {
      sessionStorage.setItem("insurance-chat:open", open ? "1" : "0");
    } catch {
      // Forbidden storage only means that the next page starts with a closed chat.
    }
  }

  /** A pressed quick reply is stored by its value; the reader sees the title that was pressed. */
  shownText(message) {
    if (message.sender !== "user" || !message.text) return message.text;
    for (const earlier of this.chat.log.all().filter((other) => other.seq < message.seq).reverse().slice(0, 30)) {
      const { quickReplies, offers } = earlier.metadata || {};
      const reply = (quickReplies || []).find((item) => String(item.value) === message.text);
      if (reply) return reply.title;
      const offer = (offers || []).find((item) => item.value === message.text);
      if (offer) return T.chosenShow(offer.company);
    }
    return message.text;
  }

  wasSaid(value, afterSeq) {
    if (!value) return false;
    const said = this.chat.log.all().some((message) => message.sender === "user" && message.seq > afterSeq && message.text === value);
    return said || this.chat.outbox.items.some((item) => item.text === value);
  }
}
