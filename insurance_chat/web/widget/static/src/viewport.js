const PHONE = "(max-width: 520px), (max-height: 480px) and (pointer: coarse)";

/** Keeps the full-screen panel inside the part of a phone's screen that the keyboard leaves free. */
export class Viewport {
  constructor(host) {
    this.host = host;
    this.query = matchMedia(PHONE);
    this.fit = () => this.apply();
    this.open = false;
  }

  get phone() {
    return this.query.matches;
  }

  set(open) {
    if (open === this.open) return;
    this.open = open;
    const listen = open ? "addEventListener" : "removeEventListener";
    for (const target of [window.visualViewport, this.query].filter(Boolean)) {
      target[listen](target === this.query ? "change" : "resize", this.fit);
      if (target !== this.query) target[listen]("scroll", this.fit);
    }
    this.apply();
  }

  apply() {
    const cover = this.open && this.phone;
    this.host.classList.toggle("phone", cover);
    this.lockPage(cover);
    const view = window.visualViewport;
    const zoomed = view && view.scale > 1.05;
    for (const name of ["height", "offsetTop"]) {
      if (cover && view && !zoomed) this.host.style.setProperty(`--ic-${name}`, `${view[name]}px`);
      else this.host.style.removeProperty(`--ic-${name}`);
    }
  }

  /** The page under a full-screen chat must not scroll with it. */
  lockPage(lock) {
    const { style } = document.documentElement;
    if (lock && this.before === undefined) {
      this.before = style.overflow;
      style.overflow = "hidden";
    } else if (!lock && this.before !== undefined) {
      style.overflow = this.before;
      this.before = undefined;
    }
  }
}
