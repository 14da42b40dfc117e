import { T } from "./copy.js";
import { button, h, icon, uniqueId } from "./dom.js";
import { RecorderView } from "./view_recorder.js";

const MAX_TEXT = 4000;
const ACCEPT = "image/*,.pdf,.doc,.docx,.xls,.xlsx,.txt";

/** The input line: growing text field, attach, send. */
export class Composer {
  constructor(ui) {
    this.ui = ui;
    const id = uniqueId("ic-input");
    const note = uniqueId("ic-note");
    this.field = h("textarea", { id, rows: "1", maxlength: MAX_TEXT, placeholder: T.placeholder, "aria-describedby": note, enterkeyhint: "send", autocomplete: "off" });
    this.picker = h("input", { type: "file", multiple: true, hidden: true, accept: ACCEPT, tabindex: "-1", "aria-label": T.attach });
    this.sender = h("button", { type: "submit", class: "send", "aria-label": T.send }, icon("send"));
    this.problem = h("div", { class: "error problem", role: "alert" });
    const row = h("div", { class: "input-row" });
    this.voice = new RecorderView(this.ui, row);
    row.append(button("icon-btn", T.attach, () => this.picker.click(), icon("clip")), this.picker, h("label", { for: id, class: "sr" }, T.input), this.field, this.voice.mic, this.sender);
    this.node = h(
      "form",
      { class: "composer" },
      this.problem,
      row,
      this.voice.panel,
      this.voice.status,
      (this.note = h("div", { class: "note", id: note }, T.note)),
    );
    this.listen();
    this.resize();
  }

  listen() {
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("input", () => {
      this.problem.textContent = "";
      this.resize();
      if (this.field.value.trim()) this.ui.chat.sayTyping();
    });
    this.field.addEventListener("paste", (event) => this.ui.uploads.add(event.clipboardData.files));
    this.picker.addEventListener("change", () => {
      this.ui.uploads.add(this.picker.files);
      this.picker.value = "";
    });
  }

  submit() {
    const text = this.field.value.trim();
    this.field.focus();
    if (!text) return;
    this.field.value = "";
    this.resize();
    this.ui.chat.send(text);
  }

  resize() {
    this.field.style.setProperty("height", "auto");
    const height = this.field.scrollHeight;
    if (height) this.field.style.setProperty("height", `${Math.min(height, 132)}px`);
    this.sender.classList.toggle("ready", Boolean(this.field.value.trim()));
  }

  /** Puts words into the field for the visitor to put right and send. */
  fill(text) {
    this.field.value = text;
    this.resize();
    this.field.focus();
  }

  showProblem(text) {
    this.problem.textContent = text;
  }
}
