import { T } from "./copy.js";
import { button, h, safeUrl } from "./dom.js";

const SPEEDS = [1, 1.5, 2];

/** A voice message: player with speed, how its words came about, and a way to put them right. */
export function voiceView(message, ui) {
  const url = message.voiceUrl && safeUrl(message.voiceUrl, ui.base);
  if (!url) return null;
  const player = h("audio", { controls: true, preload: "none", src: url, "aria-label": T.voice });
  const speed = button("chip", T.speed(T.speeds[0]), () => next(), T.speeds[0]);
  const next = () => {
    const at = (SPEEDS.indexOf(player.playbackRate) + 1) % SPEEDS.length;
    player.defaultPlaybackRate = player.playbackRate = SPEEDS[at];
    speed.textContent = T.speeds[at];
    speed.setAttribute("aria-label", T.speed(T.speeds[at]));
  };
  const { state } = message.metadata.voice || {};
  const own = message.sender === "user";
  const note = own && T.heardAs[state];
  const mend = own && state === "heard" && button("link", null, () => ui.panel.composer.fill(message.text), T.mend);
  return h("div", { class: "voice" }, h("div", { class: "row" }, player, speed), note && h("div", { class: "hint" }, note, " ", mend || ""));
}
