import { T } from "./copy.js";
import { button, h } from "./dom.js";
import { parseDate, timeOf } from "./format.js";
import { plainText, richText } from "./text.js";
import { citationsView, filesView, paymentView } from "./view_cards.js";
import { offersView } from "./view_offers.js";
import { actionsView } from "./view_report.js";

const LISTS = ["quickReplies", "citations", "offers", "files"];

/** A copy whose metadata always has every list, so that the views need not ask. */
export function normalised(message) {
  const metadata = { ...(message.metadata || {}) };
  for (const name of LISTS) if (!Array.isArray(metadata[name])) metadata[name] = [];
  return { ...message, metadata };
}

function whoSays(message, ui) {
  if (message.sender === "agent") return message.metadata.agentName || ui.chat.agentName || T.who.agent;
  return T.who[message.sender] ?? "";
}

/** The words that an agent answers. */
function quoteOf({ quote }) {
  if (!quote || !quote.text) return null;
  return h("blockquote", { class: "quote" }, h("b", {}, T.who[quote.sender] || T.who.agent), plainText(quote.text));
}

function bubbleOf(message, shown, ui) {
  if (!shown) return null;
  const content = message.sender === "user" ? plainText(shown) : richText(shown, ui.chat.api.url("/"));
  return h("div", { class: "bubble" }, quoteOf(message.metadata), content);
}

/** One message of the log with all its cards. */
export function messageView(message, shown, ui) {
  const offers = offersView(message, ui);
  const payment = paymentView(message, ui);
  const actions = message.sender === "ai" ? actionsView(message, ui) : null;
  const date = parseDate(message.createdAt);
  const time = h("time", { datetime: date.toISOString(), class: "hint" }, timeOf(date));
  const node = h(
    "div",
    {},
    h("div", { class: message.sender === "user" ? "who sr" : "who" }, whoSays(message, ui)),
    h("div", { class: "line" }, bubbleOf(message, shown, ui), actions && actions.box),
    filesView(message, ui),
    payment,
    offers,
    citationsView(message, ui),
    actions && actions.slot,
    h("div", { class: "meta" }, time),
  );
  node.refresh = () => [offers, payment].forEach((part) => part && part.refresh());
  node.base = `msg ${message.sender}`;
  return node;
}

/** A reply that is still being written: a screen reader waits for its end, the eye follows it. */
export function growingView({ since }, ui) {
  const words = h("div", { class: "bubble growing" });
  const time = h("time", { datetime: since.toISOString(), class: "hint" }, timeOf(since));
  const node = h("div", { "aria-busy": "true" }, h("div", { class: "who" }, T.who.ai), h("div", { class: "line" }, words), h("div", { class: "meta" }, time));
  let drawn = "";
  node.refresh = () => {
    const { text } = ui.chat.growing || { text: drawn };
    if (text !== drawn) words.replaceChildren(...richText(text, ui.chat.api.url("/")));
    drawn = text;
  };
  node.base = "msg ai";
  return node;
}

/** A message that the service has not confirmed yet. */
export function pendingView(item, ui) {
  const failed = item.status === "failed";
  const state = failed
    ? h(
        "div",
        { class: "fail", role: "alert" },
        h("span", {}, item.reason ? `${T.failed} ${item.reason}` : T.failed),
        button("btn small", null, () => ui.chat.outbox.retry(item.clientMessageId), T.retry),
        button("btn small", null, () => ui.chat.outbox.remove(item.clientMessageId), T.remove),
      )
    : h("div", { class: "meta late" }, h("span", { class: "hint" }, T.sending));
  const file = filesView(normalised({ fileUrl: item.fileUrl, voiceUrl: item.voiceUrl, localFile: item.localFile }), ui);
  const text = item.title || item.text;
  const node = h("div", {}, h("div", { class: "who sr" }, T.who.user), text && h("div", { class: "line" }, h("div", { class: "bubble" }, plainText(text))), file, state);
  node.base = failed ? "msg user pending failed" : "msg user pending";
  return node;
}

/** A file on its way up. */
export function uploadView(upload, ui) {
  const bar = h("progress", { max: "1", "aria-label": T.uploading(upload.file.name) });
  const failed = upload.error != null;
  const node = h(
    "div",
    {},
    h(
      "div",
      { class: "card upload" },
      h("div", { class: "file-name" }, upload.file.name),
      failed ? h("div", { class: "error", role: "alert" }, upload.error || T.uploadFailed) : bar,
      h(
        "div",
        { class: "row" },
        failed && button("btn small", null, () => ui.uploads.start(upload), T.retry),
        button("btn small", null, () => ui.uploads.cancel(upload), failed ? T.remove : T.cancel),
      ),
    ),
  );
  node.refresh = () => (bar.value = upload.progress);
  node.base = "msg user pending";
  return node;
}
