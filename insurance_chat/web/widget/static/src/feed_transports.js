import { ApiError } from "./api.js";
import { Pause } from "./backoff.js";

const POLL_EVERY = 3000;
const OPEN_WITHIN = 10000;

/** WebSocket: resolves when the socket is closed, whoever closed it. */
export function overSocket(api, cursor, link) {
  return new Promise((resolve) => {
    const address = new URL(api.url(`${api.path}/ws?cursor=${cursor}&partial=1`), location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, ["insurance-chat.v1", `token.${api.session.accessToken}`]);
    const slow = setTimeout(() => socket.close(), OPEN_WITHIN);
    const done = () => {
      clearTimeout(slow);
      resolve();
    };
    socket.onopen = () => {
      clearTimeout(slow);
      link.send = (frame) => socket.readyState === 1 && socket.send(JSON.stringify(frame));
      link.onOpen();
    };
    socket.onmessage = (event) => link.onData(event.data);
    socket.onclose = done;
    link.drop = () => {
      socket.onmessage = null;
      socket.close();
      // A dead network may never report the close.
      done();
    };
  });
}

function readEvent(block) {
  const event = { name: "message", data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("data:")) event.data += (event.data && "\n") + line.slice(5).replace(/^ /, "");
    else if (line.startsWith("event:")) event.name = line.slice(6).trim();
  }
  return event;
}

/** Server-sent events read through fetch, because EventSource cannot carry the token in a header. */
export async function overEvents(api, cursor, link) {
  const abort = new AbortController();
  link.drop = () => abort.abort();
  const headers = { ...api.headers(), Accept: "text/event-stream" };
  const response = await fetch(api.url(`${api.path}/events?cursor=${cursor}&partial=1`), { headers, signal: abort.signal });
  if (!response.ok) throw new ApiError(response.status, "");
  link.onOpen();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer = (buffer + value).replace(/\r\n/g, "\n");
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const event of blocks.map(readEvent)) if (event.data) link.onData(event.data, event.name);
  }
}

/** Plain requests: the last resort behind proxies that break long connections. Ends after a minute. */
export async function overPolling(api, cursor, link) {
  const pause = new Pause();
  let dropped = false;
  link.drop = () => {
    dropped = true;
    pause.end();
  };
  for (let round = 0; round < 20 && !dropped; round += 1) {
    const page = await api.messages({ cursor: link.cursor() });
    const session = await api.readSession();
    link.onOpen();
    for (const message of page.items) link.onFrame({ type: "message", seq: message.seq, message });
    link.onFrame({ type: "state", state: session.state });
    await pause.wait(POLL_EVERY);
  }
}
