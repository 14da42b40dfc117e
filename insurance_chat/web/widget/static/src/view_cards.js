import { T } from "./copy.js";
import { button, h, icon, outLink, safeUrl, uniqueId } from "./dom.js";
import { dateTime, fileSize, money, parseDate } from "./format.js";
import { voiceView } from "./view_voice.js";

const PAID = ["paid", "succeeded", "success", "confirmed", "completed"];
const ENDED = { expired: T.payExpired, failed: T.payFailed, declined: T.payFailed, cancelled: T.payCancelled, canceled: T.payCancelled };

function paymentFooter(payment, url, amount, later) {
  if (PAID.includes(payment.status) || later === "paid") return [h("div", { class: "pay-state good" }, icon("check"), T.paid)];
  if (ENDED[payment.status]) return [h("div", { class: "pay-state" }, ENDED[payment.status])];
  if (later) return [h("div", { class: "pay-state" }, T.payReplaced)];
  const until = payment.expiresAt ? parseDate(payment.expiresAt) : null;
  if (until && until < new Date()) return [h("div", { class: "pay-state" }, T.payExpired)];
  return [
    url && outLink(url, { class: "btn primary wide" }, T.pay(amount)),
    h("div", { class: "hint" }, T.payOpens, until && ` ${T.payUntil(dateTime(until))}.`),
  ];
}

export function paymentView(message, ui) {
  const payment = message.metadata.payment;
  if (!payment) return null;
  const amount = money(payment.amount, payment.currency || "RUB");
  const footer = h("div");
  let drawn;
  const view = h(
    "div",
    { class: "card payment" },
    h("div", { class: "card-title" }, T.payment),
    payment.company && h("div", { class: "pay-company" }, payment.company),
    h("div", { class: "pay-amount" }, amount),
    footer,
  );
  // The log is never rewritten: what became of this payment is told by the messages after it.
  view.refresh = () => {
    const later = whatFollowed(ui.chat.log.all(), message.seq);
    if (later !== drawn) footer.replaceChildren(...paymentFooter(payment, safeUrl(payment.url, ui.base), amount, later).filter(Boolean));
    drawn = later;
  };
  return view;
}

/** "paid" once a policy or a finished payment came, "replaced" after another payment link, else "". */
function whatFollowed(messages, seq) {
  for (const { seq: place, metadata } of messages) {
    if (place <= seq || !metadata) continue;
    const policy = Array.isArray(metadata.files) && metadata.files.some((file) => file.kind === "policy");
    if (policy || (metadata.payment && PAID.includes(metadata.payment.status))) return "paid";
    if (metadata.payment) return "replaced";
  }
  return "";
}

function nameFromUrl(url) {
  try {
    return decodeURIComponent(new URL(url).pathname.split("/").pop()) || T.file;
  } catch {
    return T.file;
  }
}

function kindOf(file, name) {
  const mime = file.mime || "";
  if (mime.startsWith("image/") || /\.(png|jpe?g|webp|gif)$/i.test(name)) return "image";
  return mime === "application/pdf" || /\.pdf$/i.test(name) ? "pdf" : "other";
}

function fileCard(file, ui) {
  const url = safeUrl(file.url, ui.base);
  if (!url) return null;
  const name = file.name || nameFromUrl(url);
  const size = fileSize(file.size);
  const kind = kindOf(file, name);
  let picture = null;
  if (kind === "image") {
    // A page may forbid foreign pictures; the card below stays useful without the preview.
    picture = h("img", { class: "preview", src: url, alt: "", loading: "lazy", onerror: (event) => event.target.remove() });
  }
  const badge = kind === "pdf" ? h("span", { class: "file-icon pdf", "aria-hidden": "true" }, "PDF") : h("span", { class: "file-icon" }, icon("file"));
  return outLink(
    url,
    { class: "card file", download: name, "aria-label": T.download(name, size) },
    picture,
    h("span", { class: "file-row" }, badge, h("span", { class: "file-text" }, h("span", { class: "file-name" }, name), h("span", { class: "hint" }, size)), icon("save")),
  );
}

/** Files of a message; an address that comes only as fileUrl gets a card too. */
export function filesView(message, ui) {
  const files = [...message.metadata.files];
  const single = message.fileUrl;
  if (single && !files.some((file) => file.url === single)) files.push({ url: single, ...(message.localFile || {}) });
  const cards = files.map((file) => fileCard(file, ui)).filter(Boolean);
  const voice = voiceView(message, ui);
  if (voice) cards.push(voice);
  return cards.length ? h("div", { class: "files" }, cards) : null;
}

function sourceBody(citation, ui) {
  const url = citation.url ? safeUrl(citation.url, ui.base) : null;
  const place = [citation.section, citation.page != null && citation.page !== "" && T.page(citation.page)].filter(Boolean);
  return [
    h("div", { class: "card-title" }, citation.title),
    place.length > 0 && h("div", { class: "hint" }, place.join(", ")),
    citation.quote && h("blockquote", {}, citation.quote),
    url && outLink(url, { class: "link" }, T.openSource),
  ].filter(Boolean);
}

/** Numbered sources under an answer; one is open at a time. */
export function citationsView(message, ui) {
  const citations = message.metadata.citations;
  if (!citations.length) return null;
  const id = uniqueId("ic-source");
  const body = h("div", { class: "card source", id, hidden: true });
  const chips = citations.map((citation, i) => {
    const number = citation.n ?? i + 1;
    const chip = button("chip", T.source(number, citation.title || ""), () => toggle(chip, citation), String(number));
    chip.setAttribute("aria-expanded", "false");
    chip.setAttribute("aria-controls", id);
    return chip;
  });
  const toggle = (chip, citation) => {
    const opening = chip.getAttribute("aria-expanded") !== "true";
    for (const other of chips) other.setAttribute("aria-expanded", String(opening && other === chip));
    body.hidden = !opening;
    if (opening) body.replaceChildren(...sourceBody(citation, ui));
    if (opening) body.scrollIntoView({ block: "nearest" });
  };
  return h("div", { class: "sources" }, h("div", { class: "chips", role: "group", "aria-label": T.sources }, h("span", { class: "hint", "aria-hidden": "true" }, T.sources), chips), body);
}
