const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4a.8.8 0 0 1-1.4-.6V16A2.5 2.5 0 0 1 4 13.5z",
  shield: "M12 2.5 4.5 5.4v5.9c0 4.6 3.1 8.5 7.5 10.2 4.4-1.7 7.5-5.6 7.5-10.2V5.4zM10.9 15.5l-3.2-3.2 1.4-1.4 1.8 1.8 4.1-4.1 1.4 1.4z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  gear: "M4 6h9.2a3 3 0 0 1 5.6 0H20v2h-1.2a3 3 0 0 1-5.6 0H4zm0 10h1.2a3 3 0 0 1 5.6 0H20v2h-9.2a3 3 0 0 1-5.6 0H4z",
  person: "M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9m0 2c-4.4 0-8 2.2-8 5v2h16v-2c0-2.8-3.6-5-8-5",
  send: "M3.4 20.4 21.5 12 3.4 3.6 3.4 10.1 15 12 3.4 13.9z",
  clip: "M16.5 6v10.5a4.5 4.5 0 0 1-9 0V5.5a3 3 0 0 1 6 0v9.7a1.5 1.5 0 0 1-3 0V6H9v9.2a3 3 0 0 0 6 0V5.5a4.5 4.5 0 0 0-9 0v11a6 6 0 0 0 12 0V6z",
  more: "M6 10a2 2 0 1 0 0 4 2 2 0 0 0 0-4m6 0a2 2 0 1 0 0 4 2 2 0 0 0 0-4m6 0a2 2 0 1 0 0 4 2 2 0 0 0 0-4",
  down: "m12 16.5-6.5-6.5L7 8.5l5 5 5-5 1.5 1.5z",
  back: "m10.5 19-7-7 7-7 1.4 1.4L7.3 11H20.5v2H7.3l4.6 4.6z",
  mic: "M12 14.5a3.5 3.5 0 0 0 3.5-3.5V6a3.5 3.5 0 0 0-7 0v5a3.5 3.5 0 0 0 3.5 3.5m7-3.5h-2a5 5 0 0 1-10 0H5a7 7 0 0 0 6 6.9V21h2v-3.1a7 7 0 0 0 6-6.9",
  check: "m9.5 18-6-6L5 10.5l4.5 4.5L19 5.5 20.5 7z",
  save: "M11 3h2v9.2l3.3-3.3 1.4 1.4L12 16l-5.7-5.7 1.4-1.4 3.3 3.3zM4 18h16v2H4z",
  file: "M6 2h8l5 5v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4c0-1.1.9-2 2-2m7 1.5V8h4.5z",
};

/** Builds an element; text always goes in as text nodes, so untrusted strings cannot become markup. */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === false || value == null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

export function button(className, label, onclick, ...children) {
  return h("button", { type: "button", class: className, "aria-label": label, onclick }, ...children);
}

/** Only addresses that cannot run code are followed. */
export function safeUrl(value, base) {
  try {
    const url = new URL(String(value), base);
    return ["https:", "http:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function outLink(href, props, ...children) {
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", ...props }, ...children);
}

let lastId = 0;
export const uniqueId = (prefix) => `${prefix}-${++lastId}`;

/** A random UUID; crypto.randomUUID is missing on plain-http pages. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
