import { T } from "./copy.js";
import { button, h, icon, uniqueId } from "./dom.js";

function reportForm(message, ui, finish) {
  const id = uniqueId("ic-report");
  const field = h("textarea", { id, rows: "3", maxlength: "2000", placeholder: T.reportHint });
  const problem = h("div", { class: "error", role: "alert" });
  const submit = h("button", { type: "submit", class: "btn primary" }, T.reportSend);
  const form = h(
    "form",
    { class: "card report" },
    h("label", { for: id, class: "card-title" }, T.reportLabel),
    field,
    problem,
    h("div", { class: "row" }, submit, button("btn", null, () => finish(null), T.cancel)),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await ui.chat.api.report(message.id, field.value.trim());
      finish(h("div", { class: "thanks", role: "status", tabindex: "-1" }, T.reportThanks));
    } catch {
      problem.textContent = T.reportFailed;
      submit.disabled = false;
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    finish(null);
  });
  return form;
}

function moveFocus(event, items) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const at = items.indexOf(event.target);
  items[(at + step + items.length) % items.length].focus();
}

/** The small menu of an answer: report an inaccuracy, copy the text. */
export function actionsView(message, ui) {
  const slot = h("div", { class: "report-slot" });
  const trigger = button("icon-btn more", T.actions, () => (menu.hidden ? open() : close(true)), icon("more"));
  const report = h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => startReport() }, T.report);
  const copy = h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => copyText() }, T.copyText);
  const items = navigator.clipboard ? [report, copy] : [report];
  const menu = h("div", { class: "menu", role: "menu", "aria-label": T.actions, hidden: true }, items);
  const box = h("div", { class: "actions" }, trigger, menu);
  trigger.setAttribute("aria-haspopup", "menu");
  trigger.setAttribute("aria-expanded", "false");

  const open = () => {
    menu.hidden = false;
    trigger.setAttribute("aria-expanded", "true");
    items[0].focus();
    menu.scrollIntoView({ block: "nearest" });
  };
  const close = (refocus) => {
    menu.hidden = true;
    trigger.setAttribute("aria-expanded", "false");
    if (refocus) trigger.focus();
  };
  const startReport = () => {
    close(false);
    const form = reportForm(message, ui, finish);
    slot.replaceChildren(form);
    form.querySelector("textarea").focus();
    form.scrollIntoView({ block: "nearest" });
  };
  const finish = (thanks) => {
    slot.replaceChildren(...(thanks ? [thanks] : []));
    (thanks || trigger).focus();
  };
  const copyText = () => {
    navigator.clipboard.writeText(message.text || "").catch(() => {});
    close(true);
  };
  menu.addEventListener("keydown", (event) => {
    moveFocus(event, items);
    if (event.key === "Escape") {
      event.stopPropagation();
      close(true);
    }
  });
  box.addEventListener("focusout", (event) => box.contains(event.relatedTarget) || close(false));
  return { box, slot };
}
