import { uuid } from "./dom.js";

/** What survives a reload: who the browser is, the session, what is read, what is not yet sent. */
export class Storage {
  constructor(scope) {
    this.key = `insurance-chat:${scope}`;
    this.data = {};
    try {
      this.data = JSON.parse(localStorage.getItem(this.key)) || {};
    } catch {
      // A browser that forbids storage still gets a chat that lives until the page is closed.
    }
    if (!this.data.userId) this.set({ userId: uuid() });
  }

  get(name) {
    return this.data[name];
  }

  set(values) {
    Object.assign(this.data, values);
    try {
      localStorage.setItem(this.key, JSON.stringify(this.data));
    } catch {
      // Full or forbidden: the copy in memory is enough for this page.
    }
  }
}
