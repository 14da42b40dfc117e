// The requests of the chat API; no library is needed. Put your own server between the browser and the
// service if the key must stay secret: a key in a page is everybody's key.

export class ChatError extends Error {
  constructor(status, body) {
    super(typeof body.detail === "string" ? body.detail : "Запрос не принят");
    this.status = status;
    this.code = body.code;
  }
}

export function createChat({ url = "", apiKey = "", threadId } = {}) {
  const thread = threadId ?? `web-${crypto.randomUUID()}`;
  const headers = { "Content-Type": "application/json" };
  if (apiKey) headers["X-API-Key"] = apiKey;

  async function post(path, message, id) {
    const body = JSON.stringify({ message, thread_id: thread, message_id: id });
    const answer = await fetch(url + path, { method: "POST", headers, body });
    if (!answer.ok) throw new ChatError(answer.status, await answer.json());
    return answer;
  }

  return {
    threadId: thread,

    async ask(message, id = crypto.randomUUID()) {
      return (await post("/api/chat", message, id)).json();
    },

    // Calls onChunk with every part; resolves with the whole reply.
    async stream(message, onChunk, id = crypto.randomUUID()) {
      const answer = await post("/api/chat/stream", message, id);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) throw new ChatError(0, { detail: "Связь прервалась", code: "cut" });
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (!line.startsWith("data: ")) continue;
          const event = JSON.parse(line.slice(6));
          if (event.type === "chunk") onChunk(event.content);
          if (event.type === "done") return event;
          if (event.type === "error") throw new ChatError(500, { ...event, detail: event.message });
        }
      }
    },
  };
}
