import { h, outLink, safeUrl } from "./dom.js";

// Bounded repeats keep the cost linear on hostile input.
const INLINE = /\*\*(.{1,600}?)\*\*|\[([^\]\n]{1,300})\]\(([^)\s]{1,2000})\)|(https?:\/\/[^\s<>"')\]]{1,2000})/g;
const BULLET = /^\s*[-•*]\s+(.*)$/;
const NUMBER = /^\s*(\d{1,3})[.)]\s+(.*)$/;

function inline(text, rich, base) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, title, href, bare] = match;
    if (!rich && !bare) continue;
    nodes.push(text.slice(from, match.index));
    from = match.index + whole.length;
    if (bold) nodes.push(h("strong", {}, inline(bold, rich, base)));
    else if (bare) {
      const clean = bare.replace(/[.,;:!?]+$/, "");
      from -= bare.length - clean.length;
      nodes.push(outLink(safeUrl(clean) || "about:blank", {}, clean));
    } else {
      const url = /^([a-z]+:|\/(?!\/))/i.test(href) ? safeUrl(href, base) : null;
      nodes.push(url ? outLink(url, {}, title) : title);
    }
  }
  nodes.push(text.slice(from));
  return nodes;
}

function withBreaks(lines, rich, base) {
  return lines.flatMap((line, i) => [i ? h("br") : "", ...inline(line, rich, base)]);
}

function listItem(line, list, out, base) {
  const bullet = BULLET.exec(line);
  const number = bullet ? null : NUMBER.exec(line);
  if (!bullet && !number) return null;
  const tag = bullet ? "ul" : "ol";
  let target = list;
  if (!target || target.localName !== tag) {
    target = h(tag, number && number[1] !== "1" ? { start: number[1] } : {});
    out.push(target);
  }
  target.append(h("li", {}, inline(bullet ? bullet[1] : number[2], true, base)));
  return target;
}

/** Simple markdown → safe nodes: bold, links, lists, line breaks. A link without a host leads to the service (`base`). */
export function richText(text, base) {
  const out = [];
  let list = null;
  let lines = [];
  const flush = () => {
    if (lines.length) out.push(h("p", {}, withBreaks(lines, true, base)));
    lines = [];
  };
  for (const line of String(text).split(/\r?\n/)) {
    if (BULLET.test(line) || NUMBER.test(line)) {
      flush();
      list = listItem(line, list, out, base);
      continue;
    }
    list = null;
    if (line.trim()) lines.push(line);
    else flush();
  }
  flush();
  return out;
}

/** What the visitor typed is shown as typed; only addresses become links. */
export function plainText(text) {
  return [h("p", {}, withBreaks(String(text).split(/\r?\n/), false))];
}
