const soundOf = ({ metadata }) => metadata && metadata.voice;

/** The messages this browser knows, each once, in the order the service gave them. */
export class MessageLog {
  constructor() {
    this.byId = new Map();
    this.sent = new Map();
    this.cursor = 0;
    this.sorted = null;
  }

  /** Stores a message. Returns true when it was not known before. */
  add(message) {
    if (!message || message.id == null) return false;
    const known = this.byId.get(message.id);
    // The answer to a post may come after the words of its recording: what was learnt is kept.
    const newer = !known || !soundOf(known) || soundOf(message);
    if (newer) this.byId.set(message.id, message);
    if (message.clientMessageId) this.sent.set(message.clientMessageId, message.id);
    this.sorted = null;
    return !known;
  }

  /** Moves the place from which the feed resumes. A posted message must not move it: older replies may be on the way. */
  advance(seq) {
    if (Number(seq) > this.cursor) this.cursor = Number(seq);
  }

  has(clientMessageId) {
    return this.sent.has(clientMessageId);
  }

  all() {
    if (!this.sorted) this.sorted = [...this.byId.values()].sort((a, b) => a.seq - b.seq);
    return this.sorted;
  }

  last() {
    return this.all().at(-1);
  }

  unreadAfter(seq) {
    return this.all().filter((message) => message.sender !== "user" && message.seq > seq).length;
  }
}
