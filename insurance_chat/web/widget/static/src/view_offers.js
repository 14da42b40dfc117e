import { T } from "./copy.js";
import { button, h, icon, uniqueId } from "./dom.js";
import { money } from "./format.js";

const DECLINED = ["declined", "rejected", "refused", "error", "failed", "unavailable"];

const isDeclined = (offer) => DECLINED.includes(offer.status) || offer.price == null || offer.price === "";

const priceOf = (offer) => money(offer.price, offer.currency || "RUB");

/** Conditions arrive as a sentence, a list or named values; all become lines. */
function detailLines(details) {
  if (!details) return [];
  if (Array.isArray(details)) return details.map(String);
  if (typeof details === "object") return Object.entries(details).map(([name, value]) => `${name}: ${value}`);
  return [String(details)];
}

function choose(offer, ui) {
  ui.chat.send(offer.value || `${T.choose}: ${offer.company}`, { title: T.chosenShow(offer.company) });
  ui.focusInput();
}

function offerCard(offer, best, ui) {
  const price = priceOf(offer);
  const action = button("btn primary", T.chooseFor(offer.company, price), () => choose(offer, ui), T.choose);
  const card = h(
    "li",
    { class: best ? "offer best" : "offer" },
    h("div", { class: "offer-top" }, h("span", { class: "offer-company" }, offer.company || offer.companyCode), best && h("span", { class: "tag" }, T.bestPrice)),
    h("div", { class: "offer-price" }, price),
    detailLines(offer.details).map((line) => h("div", { class: "offer-detail" }, line)),
    offer.note && h("div", { class: "offer-note" }, offer.note),
    action,
  );
  card.offer = offer;
  card.action = action;
  return card;
}

function declinedBlock(offers) {
  if (!offers.length) return null;
  const reason = (offer) => offer.note || detailLines(offer.details)[0] || T.declinedReason;
  return h(
    "details",
    { class: "declined" },
    h("summary", {}, T.declined(offers.length)),
    h("ul", {}, offers.map((offer) => h("li", {}, h("strong", {}, offer.company || offer.companyCode), ` ${reason(offer)}`))),
  );
}

/** «АльфаСтрахование» may break before its inner capital, or it would push the table off a phone. */
function breakable(name) {
  return String(name || "").split(/(?<=\p{Ll})(?=\p{Lu})/u).flatMap((part, i) => [i ? h("wbr") : "", part]);
}

function compareTable(offers, ui, close) {
  const cheapest = Number(offers[0].price);
  const row = (offer) => {
    const more = Number(offer.price) - cheapest;
    const pick = () => (close(), choose(offer, ui));
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, breakable(offer.company)),
      h(
        "td",
        {},
        h("div", { class: "num" }, priceOf(offer)),
        h("div", { class: "hint" }, offer.partial ? T.partialOffer : more > 0 ? T.dearer(money(more.toFixed(2), offer.currency)) : T.bestPrice),
        button("btn primary", T.chooseFor(offer.company, priceOf(offer)), pick, T.choose),
      ),
      h("td", {}, [...detailLines(offer.details), offer.note].filter(Boolean).map((line) => h("div", {}, line))),
    );
  };
  const heads = [T.company, T.price, T.details];
  return h(
    "table",
    {},
    h("thead", {}, h("tr", {}, heads.map((title) => h("th", { scope: "col" }, title)))),
    h("tbody", {}, offers.map(row)),
  );
}

function openCompare(offers, ui) {
  ui.openSheet(T.compareTitle, (close) =>
    h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": T.compareTitle }, compareTable(offers, ui, close)),
  );
}

/** Offers of one message, cheapest first; the refusals are folded below. Returns null when there are none. */
export function offersView(message, ui) {
  const all = message.metadata.offers;
  if (!all.length) return null;
  const open = all.filter((offer) => !isDeclined(offer));
  // Offers that cover less cannot be compared by price: the service has put them last.
  if (!open.some((offer) => offer.partial)) open.sort((a, b) => Number(a.price) - Number(b.price));
  const cards = open.map((offer, i) => offerCard(offer, i === 0 && open.length > 1 && !offer.partial, ui));
  const title = uniqueId("ic-offers");
  const view = h(
    "div",
    { class: "offers" },
    open.length > 0 &&
      h(
        "div",
        { class: "offers-head" },
        h("span", { id: title }, T.offers(open.length)),
        open.length > 1 && button("btn", null, () => openCompare(open, ui), T.compare),
      ),
    open.length > 0 && h("ul", { class: "offer-list", "aria-labelledby": title }, cards),
    declinedBlock(all.filter(isDeclined)),
  );
  view.refresh = () => cards.forEach((card) => markChosen(card, ui.wasSaid(card.offer.value, message.seq)));
  return view;
}

function markChosen(card, chosen) {
  if (card.classList.contains("chosen") === chosen) return;
  card.classList.toggle("chosen", chosen);
  const content = chosen ? [icon("check"), T.chosen] : [T.choose];
  card.action.replaceChildren(...content);
  card.action.disabled = chosen;
  const price = priceOf(card.offer);
  card.action.setAttribute("aria-label", chosen ? `${T.chosen}: ${card.offer.company}, ${price}` : T.chooseFor(card.offer.company, price));
}
