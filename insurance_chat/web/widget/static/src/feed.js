import { Pause, delay } from "./backoff.js";
import { overEvents, overPolling, overSocket } from "./feed_transports.js";

const TRANSPORTS = [overSocket, overEvents, overPolling];
const OVERLAP = 10;
const STALE_AFTER = 75000;
const SOCKET_AGAIN_AFTER = 120000;

/** Keeps the live connection: picks a transport, resumes from the last seq, backs off between tries. */
export class Feed {
  constructor({ api, cursor, onFrame, onOnline, onBroken }) {
    Object.assign(this, { api, cursor, onFrame, onOnline, onBroken });
    this.pause = new Pause();
    this.level = 0;
    this.misses = 0;
    this.failures = 0;
    this.running = false;
    this.resumed = false;
    this.link = null;
    this.heard = Date.now();
    this.pinged = false;
  }

  start() {
    if (this.running) return;
    this.running = true;
    this.run();
    this.watch = setInterval(() => this.dropIfStale(STALE_AFTER), 15000);
  }

  stop() {
    this.running = false;
    clearInterval(this.watch);
    this.reconnect();
  }

  /** Drops the present connection, if any, and tries again at once. */
  reconnect() {
    this.failures = 0;
    if (this.link && this.link.drop) this.link.drop();
    this.pause.end();
  }

  /** After sleep or a hidden tab: a silent connection is not trusted. */
  dropIfStale(age) {
    if (this.pinged && Date.now() - this.heard > age) this.reconnect();
    else this.pause.end();
  }

  send(frame) {
    if (this.link && this.link.send) this.link.send(frame);
  }

  async run() {
    while (this.running) {
      const opened = await this.connect();
      if (!this.running) return;
      this.chooseTransport(opened);
      this.onOnline(false);
      if (!opened) await this.onBroken();
      if (this.running) await this.pause.wait(delay(this.failures, 400));
      this.failures += 1;
    }
  }

  async connect() {
    const link = { opened: false, cursor: () => this.resumeFrom() };
    link.onOpen = () => {
      link.opened = true;
      this.heard = Date.now();
      this.onOnline(true);
    };
    link.onFrame = (frame) => this.take(frame);
    link.onData = (data, name) => this.read(data, name);
    this.link = link;
    if (this.level === 0) this.triedSocket = Date.now();
    try {
      await TRANSPORTS[this.level](this.api, this.resumeFrom(), link);
    } catch {
      // The reason does not matter here: onBroken asks the service whether the session still lives.
    }
    this.link = null;
    this.resumed = this.resumed || link.opened;
    return link.opened;
  }

  /** A short overlap costs nothing, since known messages are ignored, and heals frames lost out of order. */
  resumeFrom() {
    return this.resumed ? Math.max(0, this.cursor() - OVERLAP) : this.cursor();
  }

  chooseTransport(opened) {
    this.misses = opened ? 0 : this.misses + 1;
    const again = Date.now() - (this.triedSocket || 0) > SOCKET_AGAIN_AFTER;
    if (this.level && again) this.level = 0;
    else if (this.misses >= 2 && this.level < 2) {
      this.level += 1;
      this.misses = 0;
      this.failures = 0;
    } else if (this.level === 2 && !opened) this.level = 0;
  }

  read(data, name) {
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame) this.take(frame.type ? frame : { ...frame, type: name });
  }

  take(frame) {
    this.heard = Date.now();
    if (frame.type === "ping") {
      this.pinged = true;
      this.send({ type: "pong" });
      return;
    }
    if (frame.type === "message") this.failures = 0;
    this.onFrame(frame);
  }
}
