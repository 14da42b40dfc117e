import { T } from "./copy.js";

const NBSP = "\u00a0";
const SIGNS = { RUB: "₽", RUR: "₽", USD: "$", EUR: "€" };

/** "12345.6", "RUB" → "12 345,60 ₽"; works on the string, so no kopeck is lost to floating point. */
export function money(amount, currency = "RUB") {
  const match = /^(-?)(\d+)(?:[.,](\d+))?$/.exec(String(amount ?? "").trim());
  if (!match) return String(amount ?? "");
  const whole = match[2].replace(/\B(?=(\d{3})+$)/g, NBSP);
  const cents = (match[3] || "").padEnd(2, "0").slice(0, 2);
  return `${match[1] ? "−" : ""}${whole},${cents}${NBSP}${SIGNS[currency] || currency || "₽"}`;
}

export function fileSize(bytes) {
  let size = Number(bytes);
  if (!Number.isFinite(size) || size <= 0) return "";
  let unit = 0;
  while (size >= 1024 && unit < 2) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit && size < 10 ? 1 : 0;
  return `${size.toFixed(digits).replace(".", ",").replace(",0", "")}${NBSP}${T.units[unit]}`;
}

export const timeOf = (date) => date.toLocaleTimeString("ru-RU", { hour: "2-digit", minute: "2-digit" });

export const dayKey = (date) => `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;

export function dayName(date, now = new Date()) {
  if (dayKey(date) === dayKey(now)) return T.today;
  const before = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(date) === dayKey(before)) return T.yesterday;
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return date.toLocaleDateString("ru-RU", { day: "numeric", month: "long", year }).replace(/\s*г\.$/, "");
}

export function dateTime(date) {
  return `${timeOf(date)}, ${dayName(date).toLowerCase()}`;
}

export function parseDate(value) {
  const date = new Date(value || Date.now());
  return Number.isNaN(date.getTime()) ? new Date() : date;
}
