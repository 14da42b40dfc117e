import { T } from "./copy.js";
import { h, outLink, safeUrl, uniqueId } from "./dom.js";

/** Links into the connected messengers; nothing is shown while there are none. */
async function addWays(chat, form) {
  const ways = chat.api.session ? await chat.api.ways().catch(() => []) : [];
  if (!ways.length) return;
  const wide = matchMedia("(pointer: fine)").matches;
  const code = ({ qr, title }) => h("img", { class: "qr", src: qr, alt: title, onerror: (event) => event.target.remove() });
  const link = (way) => [outLink(safeUrl(way.url), { class: "btn" }, way.title), wide && code(way)];
  form.append(h("strong", {}, T.elsewhere), h("div", { class: "note" }, T.elsewhereNote), ...ways.flatMap(link).filter(Boolean));
}

/** The form of the visitor's wishes: where to send the policy, whether to answer by voice. */
export function settingsView(ui) {
  const { chat } = ui;
  const id = uniqueId("ic-email");
  const email = h("input", { id, type: "email", autocomplete: "email", inputmode: "email", placeholder: "name@example.ru" });
  const voice = h("input", { type: "checkbox" });
  email.value = chat.profile.email || "";
  voice.checked = Boolean(chat.profile.preferVoice);
  const result = h("div", { class: "error", role: "alert" });
  const done = h("div", { class: "thanks", role: "status" });
  const form = h(
    "form",
    { class: "settings", novalidate: true },
    h("label", { for: id }, T.email),
    email,
    h("label", { class: "check" }, voice, T.voiceReplies),
    result,
    h("div", { class: "row" }, h("button", { type: "submit", class: "btn primary" }, T.save), done),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const bad = !email.validity.valid;
    result.textContent = bad ? T.emailBad : "";
    done.textContent = "";
    email.setAttribute("aria-invalid", String(bad));
    if (bad) return email.focus();
    try {
      await chat.ready();
      await chat.savePreferences({ preferVoice: voice.checked, email: email.value.trim() || null });
      done.textContent = T.saved;
    } catch {
      result.textContent = T.saveFailed;
    }
  });
  addWays(chat, form);
  return form;
}
