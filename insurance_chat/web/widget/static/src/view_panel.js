import { T } from "./copy.js";
import { button, h, icon, uniqueId } from "./dom.js";
import { Composer } from "./view_composer.js";
import { ListView } from "./view_list.js";
import { settingsView } from "./view_settings.js";

const BANNER_AFTER = 1500;

/** The chat window: header, banner, log, composer, and a sheet that may cover the log. */
export class Panel {
  constructor(ui, title) {
    this.ui = ui;
    this.list = new ListView(ui);
    this.composer = new Composer(ui);
    const id = uniqueId("ic-title");
    this.status = h("span", { class: "status-text", role: "status" });
    this.call = button("btn call", null, () => this.callAgent(), icon("person"), T.callAgent);
    this.banner = h("div", { class: "banner", role: "status" });
    this.sheet = h("div", { class: "sheet", hidden: true });
    this.main = h("div", { class: "main" }, this.list.node, this.composer.node);
    this.node = h(
      "div",
      { class: "panel", role: "dialog", "aria-labelledby": id, tabindex: "-1", hidden: true },
      this.header(id, title),
      this.banner,
      this.main,
      this.sheet,
      h("div", { class: "drop-hint", "aria-hidden": "true" }, icon("clip"), T.dropHere),
    );
    this.node.addEventListener("keydown", (event) => this.onKey(event));
    this.acceptDrops();
  }

  header(id, title) {
    const settings = () => this.openSheet(T.settingsTitle, () => settingsView(this.ui));
    return h(
      "div",
      { class: "header" },
      h(
        "div",
        { class: "header-top" },
        h("div", { class: "avatar" }, icon("shield")),
        h("h2", { id, class: "title" }, title),
        button("icon-btn", T.settings, settings, icon("gear")),
        button("icon-btn", T.close, () => this.ui.close(), icon("close")),
      ),
      h("div", { class: "header-status" }, h("span", { class: "status" }, h("span", { class: "lamp" }), this.status), this.call),
    );
  }

  render() {
    const { chat } = this.ui;
    const waiting = chat.state === "handover_requested";
    const agent = chat.state === "with_agent";
    const text = agent ? T.statusAgent(chat.agentName) : waiting ? T.statusWaiting : T.statusAi;
    if (this.status.textContent !== text) this.status.textContent = text;
    const note = agent ? T.noteAgent : T.note;
    if (this.composer.note.textContent !== note) this.composer.note.textContent = note;
    this.node.dataset.state = agent ? "agent" : waiting ? "waiting" : "ai";
    if ((agent || waiting) && this.call.matches(":focus")) this.ui.focusInput();
    this.call.hidden = agent || waiting;
    this.showBanner();
  }

  /** Short breaks heal by themselves, so the banner waits a moment before it appears. */
  showBanner() {
    const { chat } = this.ui;
    const broken = navigator.onLine === false || (chat.starting && !chat.online);
    clearTimeout(this.bannerTimer);
    if (!broken) this.banner.textContent = "";
    else if (navigator.onLine === false) this.banner.textContent = T.offline;
    else this.bannerTimer = setTimeout(() => (this.banner.textContent = T.reconnecting), BANNER_AFTER);
  }

  async callAgent() {
    this.call.disabled = true;
    try {
      await this.ui.chat.ready();
      await this.ui.chat.requestAgent();
    } catch {
      this.composer.showProblem(T.callFailed);
    }
    this.call.disabled = false;
  }

  openSheet(title, fill) {
    const from = this.node.getRootNode().activeElement;
    const close = () => {
      this.sheet.hidden = true;
      this.main.inert = false;
      this.closeSheet = null;
      if (from && from.isConnected) from.focus();
      else this.ui.focusInput();
    };
    const back = button("icon-btn", T.back, close, icon("back"));
    this.sheet.replaceChildren(h("div", { class: "sheet-head" }, back, h("h3", {}, title)), fill(close));
    this.sheet.hidden = false;
    this.main.inert = true;
    this.closeSheet = close;
    back.focus();
  }

  onKey(event) {
    // The page must not take letters typed here for its own shortcuts.
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      if (this.closeSheet) this.closeSheet();
      else this.ui.close();
    }
    if (event.key === "Tab" && this.ui.fullScreen) this.keepFocus(event);
  }

  keepFocus(event) {
    const all = [...this.node.querySelectorAll("button,a[href],textarea,input,summary,audio,[tabindex='0']")];
    const seen = all.filter((node) => !node.disabled && node.tabIndex >= 0 && node.checkVisibility() && !node.closest("[inert]"));
    const active = this.node.getRootNode().activeElement;
    const edge = event.shiftKey ? seen[0] : seen.at(-1);
    if (active !== edge && active !== this.node) return;
    event.preventDefault();
    (event.shiftKey ? seen.at(-1) : seen[0]).focus();
  }

  acceptDrops() {
    let depth = 0;
    const mark = (change) => {
      depth = Math.max(0, change === 0 ? 0 : depth + change);
      this.node.classList.toggle("dragging", depth > 0);
    };
    const files = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
    this.node.addEventListener("dragenter", (event) => files(event) && mark(1));
    this.node.addEventListener("dragleave", (event) => files(event) && mark(-1));
    this.node.addEventListener("dragover", (event) => files(event) && event.preventDefault());
    this.node.addEventListener("drop", (event) => {
      if (!files(event)) return;
      event.preventDefault();
      mark(0);
      this.ui.uploads.add(event.dataTransfer.files);
    });
  }
}
