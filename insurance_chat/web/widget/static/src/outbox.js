import { Pause, delay } from "./backoff.js";

const ATTEMPTS = 5;

/** Messages on their way: sent one by one, in order, each under one id however often it is tried. */
export class Outbox {
  constructor(store, post, onSent, onChange) {
    this.store = store;
    this.post = post;
    this.onSent = onSent;
    this.onChange = onChange;
    this.pause = new Pause();
    this.busy = false;
    this.items = (store.get("outbox") || []).map((item) => ({ ...item, status: "sending", tries: 0 }));
  }

  changed() {
    this.store.set({ outbox: this.items });
    this.onChange();
  }

  add(item) {
    this.items.push({ ...item, status: "sending", tries: 0 });
    this.changed();
    this.flush();
  }

  remove(clientMessageId) {
    this.items = this.items.filter((item) => item.clientMessageId !== clientMessageId);
    this.changed();
  }

  retry(clientMessageId) {
    for (const item of this.items) {
      if (item.status === "failed" && (!clientMessageId || item.clientMessageId === clientMessageId)) {
        Object.assign(item, { status: "sending", tries: 0 });
      }
    }
    this.changed();
    this.pause.end();
    this.flush();
  }

  async flush() {
    if (this.busy) return;
    this.busy = true;
    let item;
    while ((item = this.items.find((candidate) => candidate.status === "sending"))) await this.attempt(item);
    this.busy = false;
  }

  async attempt(item) {
    try {
      const message = await this.post(item);
      this.items = this.items.filter((other) => other !== item);
      this.onSent(message, item);
      this.changed();
    } catch (error) {
      item.tries += 1;
      if (error.worthRetrying !== false && item.tries < ATTEMPTS) {
        await this.pause.wait(delay(item.tries - 1, 500, 8000));
        return;
      }
      item.status = "failed";
      item.reason = error.worthRetrying ? "" : error.message;
      this.changed();
    }
  }
}
