// A chat for React 18 or later. It is written without JSX, so it also runs without a build step:
// <script type="importmap">{"imports": {"react": "/your/copy/of/react.js"}}</script>
import { createElement as h, useRef, useState } from "react";
import { createChat } from "./chatApi.js";

export default function Chat({ url = "", apiKey = "", threadId }) {
  const chat = useRef(null);
  chat.current ??= createChat({ url, apiKey, threadId });
  const [lines, setLines] = useState([]);
  const [buttons, setButtons] = useState([]);
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);

  async function send(message) {
    if (busy || !message.trim()) return;
    setBusy(true);
    setText("");
    setButtons([]);
    setLines((all) => [...all, { from: "me", text: message }, { from: "bot", text: "" }]);
    const write = (change) =>
      setLines((all) => [...all.slice(0, -1), { from: "bot", text: change(all.at(-1).text) }]);
    try {
      const reply = await chat.current.stream(message, (part) => write((said) => said + part));
      setButtons(reply.metadata.quickReplies);
    } catch (error) {
      write((said) => said || error.message);
    } finally {
      setBusy(false);
    }
  }

  return h(
    "section",
    { "aria-label": "Чат" },
    h(
      "ul",
      { "aria-live": "polite" },
      lines.map((line, number) => h("li", { key: number, className: line.from }, line.text)),
    ),
    buttons.map((one) =>
      h("button", { key: one.value, type: "button", onClick: () => send(one.value) }, one.title),
    ),
    h(
      "form",
      {
        onSubmit: (event) => {
          event.preventDefault();
          return send(text);
        },
      },
      h("input", {
        "aria-label": "Сообщение",
        value: text,
        onChange: (event) => setText(event.target.value),
      }),
      h("button", { type: "submit", disabled: busy }, "Отправить"),
    ),
  );
}
