/** A refusal or a failure; status 0 means that no answer came. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }

  get lostSession() {
    return this.status === 401 || this.status === 403 || this.status === 404;
  }

  get worthRetrying() {
    return this.status === 0 || this.status >= 500 || [408, 425, 429].includes(this.status);
  }
}

function reason(body) {
  const text = body && (body.message || body.detail || (body.error && body.error.message));
  return typeof text === "string" ? text : "";
}

/** The HTTP half of the service. */
export class Api {
  constructor(base) {
    this.base = base.replace(/\/+$/, "");
    this.session = null;
  }

  url(path) {
    return this.base + path;
  }

  get path() {
    return `/v1/chat/sessions/${encodeURIComponent(this.session.id)}`;
  }

  headers() {
    return this.session ? { Authorization: `Bearer ${this.session.accessToken}` } : {};
  }

  async call(method, path, body, timeout = 20000) {
    const headers = this.headers();
    if (body) headers["Content-Type"] = "application/json";
    let response;
    let answer = null;
    try {
      response = await fetch(this.url(path), {
        method,
        headers,
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(timeout),
      });
      answer = await response.json().catch(() => null);
    } catch (error) {
      throw new ApiError(0, String(error));
    }
    if (!response.ok) throw new ApiError(response.status, reason(answer));
    return answer;
  }

  createSession(userId, invitation) {
    this.session = null;
    return this.call("POST", "/v1/chat/sessions", { channel: "web", channelUserId: userId, invitation });
  }

  comeBack(link) {
    this.session = null;
    return this.call("POST", "/v1/chat/returns", { link });
  }

  async ways() {
    return (await this.call("POST", `${this.path}/continue`)).ways;
  }

  acceptInvitation(invitation) {
    return this.call("POST", `${this.path}/invitation`, { invitation });
  }

  readSession() {
    return this.call("GET", this.path);
  }

  /** A page of messages, oldest first: after a number (`cursor`) or the last ones before it (`before`). */
  messages(place) {
    const query = new URLSearchParams({ limit: "100", ...place });
    return this.call("GET", `${this.path}/messages?${query}`);
  }

  post(item) {
    return this.call("POST", "/v1/chat/messages", {
      sessionId: this.session.id,
      sender: "user",
      text: item.text,
      fileUrl: item.fileUrl,
      voiceUrl: item.voiceUrl,
      clientMessageId: item.clientMessageId,
    });
  }

  requestAgent() {
    return this.call("POST", `${this.path}/handover/request`, {});
  }

  savePreferences(values) {
    return this.call("POST", `${this.path}/preferences`, values);
  }

  report(messageId, comment) {
    const details = { messageId, comment };
    return this.call("POST", "/v1/incidents", { sessionId: this.session.id, type: "ai_inaccuracy", details });
  }

  /** fetch cannot report upload progress, so this one is an XMLHttpRequest. */
  upload(file, onProgress, signal) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const form = new FormData();
      form.append("file", file, file.name);
      request.open("POST", this.url(`${this.path}/files`));
      for (const [name, value] of Object.entries(this.headers())) request.setRequestHeader(name, value);
      request.responseType = "json";
      request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
      request.onload = () =>
        request.status < 300 && request.response
          ? resolve(request.response)
          : reject(new ApiError(request.status, reason(request.response)));
      request.onerror = () => reject(new ApiError(0, ""));
      request.onabort = () => reject(new DOMException("", "AbortError"));
      signal.addEventListener("abort", () => request.abort());
      request.send(form);
    });
  }
}
