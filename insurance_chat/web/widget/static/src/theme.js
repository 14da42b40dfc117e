const FALLBACK = "#0b63ce";
const LIGHT_SURFACE = [255, 255, 255];
const DARK_SURFACE = [27, 31, 39];

function parse(hex) {
  let digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(String(hex || "").trim())?.[1];
  if (!digits) return null;
  if (digits.length === 3) digits = [...digits].map((digit) => digit + digit).join("");
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}

const css = (rgb) => `rgb(${rgb.map(Math.round).join(" ")})`;

const mix = (a, b, share) => a.map((value, i) => value + (b[i] - value) * share);

function luminance(rgb) {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** Moves a colour towards black or white until it can be read on the surface. */
function readable(rgb, surface, towards, least) {
  let result = rgb;
  for (let share = 0; share <= 1 && contrast(result, surface) < least; share += 0.04) result = mix(rgb, towards, share);
  return result;
}

function variables(accent, surface, dark) {
  const soft = mix(surface, accent, dark ? 0.24 : 0.1);
  const fill = dark ? readable(accent, surface, [255, 255, 255], 3.2) : readable(accent, surface, [0, 0, 0], 4.6);
  const onFill = contrast(fill, [255, 255, 255]) >= 4.5 ? [255, 255, 255] : [12, 16, 24];
  const text = readable(accent, soft, dark ? [255, 255, 255] : [0, 0, 0], 4.7);
  const values = { accent: fill, "on-accent": onFill, "accent-soft": soft, "accent-text": text };
  return Object.entries(values)
    .map(([name, rgb]) => `--ic-${name}:${css(rgb)}!important;`)
    .join("");
}

/** Style rules of a brand colour, corrected so that text keeps the contrast that WCAG 2.2 AA asks for. */
export function accentRules(hex) {
  const accent = parse(hex) || parse(FALLBACK);
  const light = variables(accent, LIGHT_SURFACE, false);
  const dark = variables(accent, DARK_SURFACE, true);
  return (
    `:host{${light}}@media (prefers-color-scheme:dark){:host(:not([theme=light])){${dark}}}` +
    `:host([theme=dark]){${dark}}`
  );
}
