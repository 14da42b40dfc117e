import { InsuranceChat } from "./element.js";

const NAMES = { api: "api", title: "title-text", accent: "accent", theme: "theme", open: "open", invitation: "invitation", returns: "returns" };

/** Puts the chat on the page, configured by the data- attributes of its own script tag. */
function boot(script) {
  if (script && script.src) InsuranceChat.defaultBase = new URL(script.src).origin;
  if (!window.customElements.get("insurance-chat")) window.customElements.define("insurance-chat", InsuranceChat);
  const place = () => {
    if (document.querySelector("insurance-chat")) return;
    const element = document.createElement("insurance-chat");
    for (const [from, to] of Object.entries(NAMES)) {
      const value = script && script.dataset[from];
      if (value != null) element.setAttribute(to, value);
    }
    document.body.append(element);
  };
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
}

boot(document.currentScript || document.querySelector('script[src*="/widget/insurance-chat.js"]'));
