import { Api, ApiError } from "./api.js";
import { Pause, delay } from "./backoff.js";
import { uuid } from "./dom.js";
import { Feed } from "./feed.js";
import { MessageLog } from "./log.js";
import { Outbox } from "./outbox.js";
import { Storage } from "./storage.js";

const PAGES = 50;
const END_OF_LOG = "9223372036854775807";
const TYPING_EVERY = 2000;
const LATE_NOTICE = 1500;

/** The conversation of this browser, without any drawing. `onChange(what)` is called after every change. */
export class Chat {
  constructor(base, { onChange, onMessage, invitation, returns }) {
    this.invitation = invitation;
    this.returns = returns;
    this.api = new Api(base);
    this.store = new Storage(new URL(this.api.url("/"), location.href).host);
    this.onChange = onChange;
    this.onMessage = onMessage;
    this.pause = new Pause();
    this.outbox = new Outbox(
      this.store,
      (item) => this.post(item),
      (message) => this.accept(message),
      () => this.onChange("log"),
    );
    this.feed = new Feed({
      api: this.api,
      cursor: () => this.log.cursor,
      onFrame: (frame) => this.take(frame),
      onOnline: (online) => this.setOnline(online),
      onBroken: () => this.checkSession(),
    });
    this.reset();
  }

  reset() {
    this.log = new MessageLog();
    this.state = "qa";
    this.stateSeq = 0;
    this.profile = {};
    this.typing = null;
    this.growing = null;
    this.earlier = null;
    this.online = false;
    this.loaded = false;
  }

  get known() {
    return Boolean(this.store.get("session"));
  }

  /** Opens or resumes the session, reads the history, then follows the feed. Safe to call again. */
  async start() {
    if (this.starting) return;
    this.starting = true;
    this.listen();
    for (let attempt = 0; this.starting; attempt += 1) {
      try {
        await this.ensureSession();
        await this.readHistory();
        this.loaded = true;
        this.onChange("all");
        this.feed.start();
        this.outbox.flush();
        return;
      } catch {
        this.setOnline(false);
        await this.pause.wait(delay(attempt));
      }
    }
  }

  stop() {
    this.starting = false;
    if (this.listeners) this.listeners.abort();
    this.feed.stop();
  }

  listen() {
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const back = () => {
      this.pause.end();
      this.feed.reconnect();
      this.outbox.retry();
      this.onChange("status");
    };
    addEventListener("online", back, { signal });
    addEventListener("offline", () => this.onChange("status"), { signal });
    const shown = () => {
      if (document.visibilityState !== "visible") return;
      this.feed.dropIfStale(40000);
      this.onChange("status");
    };
    document.addEventListener("visibilitychange", shown, { signal });
    addEventListener("pageshow", (event) => event.persisted && this.feed.reconnect(), { signal });
  }

  /** A client comes from a messenger by a link that works once: its conversation takes the place of the stored one. */
  async comeBack() {
    const { returns } = this;
    if (!returns || this.store.get("returns") === returns) return;
    try {
      const { id, accessToken } = await this.api.comeBack(returns);
      this.store.set({ session: { id, accessToken }, lastRead: 0, agentName: "" });
    } catch (error) {
      if (error.worthRetrying) throw error;
    }
    this.store.set({ returns });
  }

  async ensureSession() {
    await this.comeBack();
    const stored = this.store.get("session");
    if (stored) {
      this.api.session = stored;
      try {
        this.applySession(await this.api.readSession());
        await this.acceptInvitation();
        return;
      } catch (error) {
        if (!error.lostSession) throw error;
      }
    }
    await this.newSession();
  }

  /** A visitor with a chat opens an agent's link: the same chat goes to that agent. */
  async acceptInvitation() {
    const { invitation } = this;
    if (!invitation || this.store.get("invitation") === invitation) return;
    try {
      this.applySession(await this.api.acceptInvitation(invitation));
    } catch (error) {
      // A link that has stopped to work leaves the chat as it is.
      if (error.worthRetrying) throw error;
    }
    this.store.set({ invitation });
  }

  /** Resolves when there is a session to upload to. */
  async ready() {
    this.start();
    if (!this.api.session) await this.newSession();
  }

  newSession() {
    this.renewing ||= this.createSession().finally(() => (this.renewing = null));
    return this.renewing;
  }

  async createSession() {
    const userId = this.store.get("userId");
    const { invitation } = this;
    const created = await this.api.createSession(userId, invitation).catch((error) => {
      // A link that has just stopped to work must not cost the visitor the chat.
      if (!invitation || error.status !== 404) throw error;
      return this.api.createSession(userId);
    });
    const session = { id: created.id, accessToken: created.accessToken };
    const old = this.store.get("session");
    if (old && old.id !== session.id) {
      this.reset();
      this.store.set({ lastRead: 0, agentName: "" });
    }
    this.api.session = session;
    this.store.set(invitation ? { session, invitation } : { session });
    this.applySession(created);
  }

  applySession(session) {
    this.state = session.state || this.state;
    if (session.agentName) this.store.set({ agentName: session.agentName });
    this.profile = { email: session.email || "", preferVoice: Boolean(session.preferVoice) };
    this.onChange("status");
  }

  /** Called when a connection could not be opened: the reason may be a session that the service forgot. */
  async checkSession() {
    try {
      this.applySession(await this.api.readSession());
    } catch (error) {
      if (!error.lostSession) return;
      try {
        await this.newSession();
        await this.readHistory();
        this.loaded = true;
        this.onChange("all");
      } catch {
        // The feed will come back here after its next pause.
      }
    }
  }

  async readHistory() {
    let page = await this.api.messages({ before: END_OF_LOG });
    this.earlier = page.prevCursor ?? null;
    for (let count = 0; count < PAGES; count += 1) {
      this.addPage(page);
      if (page.nextCursor == null || !page.items.length) break;
      page = await this.api.messages({ cursor: page.nextCursor });
    }
  }

  addPage(page) {
    let fresh = 0;
    for (const message of page.items) {
      if (this.log.add(message)) fresh += 1;
      this.log.advance(message.seq);
      this.settle(message);
    }
    return fresh;
  }

  /** Reads one page of older messages; there is none when nothing new comes. */
  async readEarlier() {
    const page = await this.api.messages({ before: this.earlier });
    this.earlier = this.addPage(page) ? (page.prevCursor ?? null) : null;
    this.onChange("log");
  }

  async post(item) {
    if (!this.api.session) throw new ApiError(0, "");
    try {
      const message = await this.api.post(item);
      // The network is there, so a feed that waits for its next try need not wait longer.
      this.feed.pause.end();
      return message;
    } catch (error) {
      if (!error.lostSession) throw error;
      await this.newSession();
      this.feed.reconnect();
      return this.api.post(item);
    }
  }

  /** A message confirmed by the feed no longer waits in the outbox. */
  settle(message) {
    const id = message.clientMessageId;
    if (id && this.outbox.items.some((item) => item.clientMessageId === id)) this.outbox.remove(id);
  }

  accept(message) {
    const fresh = this.log.add(message);
    this.settle(message);
    if (fresh) {
      // Only a new message ends the dots: after a break the feed repeats messages that came before them.
      if (this.typing && this.typing.sender === message.sender) this.stopTyping();
    // Whoever speaks, a reply that was being written is over: it is this message or it will not come.
    if (message.sender !== "user") this.growing = null;
      this.spoke = { sender: message.sender, at: Date.now() };
      this.onMessage(message);
    }
    this.onChange("log");
  }

  take(frame) {
    if (frame.type === "message") this.accept(frame.message);
    else if (frame.type === "state") this.takeState(frame);
    else if (frame.type === "typing" && frame.sender !== "user") this.showTyping(frame);
    else if (frame.type === "partial") this.grow(frame);
    else if (frame.type === "voice") this.takeVoice(frame);
    this.log.advance(frame.seq);
  }

  /** What was heard in a message, or the recording of a reply: it belongs to a message that is here already. */
  takeVoice({ messageId, state, text, voiceUrl, seconds }) {
    const known = this.log.byId.get(messageId);
    if (!known || (known.metadata && known.metadata.voice)) return;
    const words = text ? [known.text, text].filter(Boolean).join("\n") : known.text;
    this.log.add({ ...known, text: words, voiceUrl: voiceUrl || known.voiceUrl, metadata: { ...known.metadata, voice: { state, seconds } } });
    this.onChange("log");
  }

  takeState(frame) {
    if (frame.seq && frame.seq < this.stateSeq) return;
    this.stateSeq = frame.seq || this.stateSeq;
    this.state = frame.state || this.state;
    if (frame.agentName) this.store.set({ agentName: frame.agentName });
    if (this.state === "with_agent") this.growing = null;
    this.onChange("status");
  }

  /** A reply while it is written: the whole text so far, or nothing when it will not come. */
  grow({ messageId, text }) {
    if (this.state === "with_agent" || this.log.byId.has(messageId)) return;
    if (!text && this.growing && this.growing.id !== messageId) return;
    this.growing = text ? { id: messageId, text, since: this.growing && this.growing.id === messageId ? this.growing.since : new Date() } : null;
    if (this.growing && this.typing && this.typing.sender === "ai") this.stopTyping();
    else this.onChange("log");
  }

  get agentName() {
    return this.store.get("agentName") || "";
  }

  showTyping(frame) {
    // Notices are not part of the log, so one may arrive just after the message that it announced.
    const { spoke } = this;
    if (spoke && spoke.sender === frame.sender && Date.now() - spoke.at < LATE_NOTICE) return;
    if (this.growing && frame.sender === "ai") return;
    clearTimeout(this.typingEnds);
    this.typing = { sender: frame.sender };
    const lasts = Math.min(Math.max(Number(frame.expiresInMs) || 5000, 500), 30000);
    this.typingEnds = setTimeout(() => this.stopTyping(), lasts);
    this.onChange("typing");
  }

  stopTyping() {
    clearTimeout(this.typingEnds);
    this.typing = null;
    this.onChange("typing");
  }

  setOnline(online) {
    if (this.online === online) return;
    this.online = online;
    // What grew before a break may have been taken back meanwhile; the feed tells what grows now.
    if (!online) this.growing = null;
    this.onChange("status");
  }

  sayTyping() {
    const now = Date.now();
    if (now - (this.saidTyping || 0) < TYPING_EVERY) return;
    this.saidTyping = now;
    this.feed.send({ type: "typing" });
  }

  send(text, extra = {}) {
    this.saidTyping = 0;
    this.outbox.add({ clientMessageId: uuid(), text, createdAt: new Date().toISOString(), ...extra });
    this.start();
  }

  async requestAgent() {
    await this.api.requestAgent();
    if (this.state !== "with_agent") this.state = "handover_requested";
    this.onChange("status");
  }

  async savePreferences(values) {
    await this.api.savePreferences(values);
    this.profile = values;
  }

  get unread() {
    return this.log.unreadAfter(this.store.get("lastRead") || 0);
  }

  markRead() {
    const last = this.log.last();
    if (last && last.seq > (this.store.get("lastRead") || 0)) this.store.set({ lastRead: last.seq });
  }
}
