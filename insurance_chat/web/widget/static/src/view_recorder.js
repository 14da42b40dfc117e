import { T } from "./copy.js";
import { button, h, icon } from "./dom.js";
import { Recorder } from "./recorder.js";

/** The microphone of the composer and the panel that stands in for the input line while one speaks. */
export class RecorderView {
  constructor(ui, row) {
    this.ui = ui;
    this.row = row;
    this.mic = button("icon-btn", T.mic, () => this.recorder.start(), icon("mic"));
    this.mic.hidden = !Recorder.possible;
    this.status = h("span", { class: "sr", role: "status" });
    this.level = h("i", { class: "level", "aria-hidden": "true" });
    this.time = h("span", { class: "hint", role: "timer" });
    this.preview = h("div", { class: "preview-box", hidden: true });
    this.stopper = button("btn small", null, () => this.recorder.stop(), T.stop);
    this.sender = button("send ready", T.sendVoice, () => this.recorder.send((file) => ui.uploads.begin(file, true)), icon("send"));
    this.panel = h(
      "div",
      { class: "voice-panel", role: "group", "aria-label": T.voice, hidden: true },
      button("icon-btn", T.cancelVoice, () => this.recorder.cancel(), icon("close")),
      this.level,
      this.time,
      this.preview,
      this.stopper,
      this.sender,
    );
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.recorder.cancel();
    });
    this.recorder = new Recorder(() => this.render());
    addEventListener("pagehide", () => this.recorder && this.recorder.take && this.recorder.cancel());
  }

  render() {
    const { state, words, seconds, level, url } = this.recorder || { state: "idle" };
    const before = this.state;
    this.level.style.setProperty("--level", level || 0);
    const time = `${Math.floor((seconds || 0) / 60)}:${String((seconds || 0) % 60).padStart(2, "0")}`;
    if (this.time.textContent !== time) this.time.textContent = time;
    if (state === before && words === this.status.textContent) return;
    this.state = state;
    this.status.textContent = words || "";
    this.row.hidden = state !== "idle";
    this.panel.hidden = state === "idle";
    this.level.hidden = this.time.hidden = this.stopper.hidden = state === "ready";
    this.stopper.disabled = this.sender.disabled = state === "asking";
    this.preview.hidden = state !== "ready";
    // Where the page forbids blob: sounds, the recording can be sent all the same.
    this.preview.replaceChildren(...(state === "ready" ? [h("audio", { controls: true, src: url, "aria-label": T.preview, onerror: (event) => event.target.remove() })] : []));
    if (state === "idle" && before && before !== "idle") {
      this.ui.panel.composer.showProblem(words || "");
      this.mic.focus();
    }
    if (state === "recording") this.stopper.focus();
    if (state === "ready") this.sender.focus();
  }
}
