"use strict";
// The dialogue of the practice Telegram: shows what the emulator has and acts as the client.
(() => {
  const box = document.getElementById("chat");
  const { root, bot, client, business } = box.dataset;
  const log = document.getElementById("log");
  const note = document.getElementById("note");
  const text = document.getElementById("text");
  const picker = document.getElementById("file");
  const base = `${root}/control/bots/${bot}`;
  const mine = `${base}/clients/${client}`;
  let seen = "";
  let blocked = false;

  const owner = () => Boolean(document.getElementById("owner")?.checked);

  async function call(address, body) {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!answer.ok) note.textContent = "Не получилось. Обновите страницу и попробуйте ещё раз.";
    return answer;
  }

  const act = (verb, body) => call(`${mine}/${verb}`, body).then(refresh);

  function element(name, words, kind) {
    const made = document.createElement(name);
    if (words !== undefined) made.textContent = words;
    if (kind) made.className = kind;
    return made;
  }

  function linked(words) {
    const piece = document.createDocumentFragment();
    words.split(/(https?:\/\/[^\s]+)/).forEach((part, place) => {
      piece.append(place % 2 ? link(part, part) : part);
    });
    return piece;
  }

  function link(words, url) {
    const made = element("a", words);
    made.href = url;
    made.target = "_blank";
    made.rel = "noopener noreferrer";
    return made;
  }

  // Offsets of Telegram are UTF-16 units, as those of JavaScript.
  function styled(words, entities) {
    const piece = document.createDocumentFragment();
    let place = 0;
    for (const one of entities || []) {
      if (one.offset < place || !["bold", "text_link"].includes(one.type)) continue;
      piece.append(linked(words.slice(place, one.offset)));
      place = one.offset + one.length;
      const inner = words.slice(one.offset, place);
      piece.append(one.type === "bold" ? element("strong", inner) : link(inner, one.url));
    }
    piece.append(linked(words.slice(place)));
    return piece;
  }

  function file(message) {
    const piece = document.createDocumentFragment();
    const at = (one) => `${root}/control/files/${one.file_id}`;
    if (message.photo) {
      const picture = element("img");
      picture.src = at(message.photo[message.photo.length - 1]);
      picture.alt = "Фотография";
      piece.append(picture);
    }
    if (message.voice) {
      const sound = element("audio");
      sound.controls = true;
      sound.src = at(message.voice);
      piece.append(sound);
    }
    if (message.document) piece.append(link(`Файл «${message.document.file_name}»`, at(message.document)), "\n");
    if (message.contact) piece.append(`Контакт: ${message.contact.phone_number}`);
    if (message.location) piece.append(`Место: ${message.location.latitude}, ${message.location.longitude}`);
    return piece;
  }

  function key(message, shown) {
    if (shown.url) {
      const opened = link(shown.text, shown.url);
      opened.className = "button";
      return opened;
    }
    const button = element("button", shown.text);
    button.type = "button";
    button.addEventListener("click", () => {
      note.textContent = `Нажато: «${shown.text}»`;
      act("press", { message_id: message.message_id, data: shown.callback_data, business });
    });
    return button;
  }

  function keys(message) {
    const made = element("div", undefined, "keys");
    for (const row of message.reply_markup?.inline_keyboard || []) {
      const shown = element("div");
      shown.append(...row.map((one) => key(message, one)));
      made.append(shown);
    }
    return made.childElementCount ? made : "";
  }

  function line(one) {
    const message = one.message;
    const made = element("div", undefined, `line ${one.side}`);
    const who = { client: "Клиент", bot: business ? "Бот от имени владельца" : "Бот", owner: "Владелец" }[one.side];
    made.append(element("span", message.edit_date ? `${who}, изменено` : who, "who"), file(message));
    made.append(styled(message.text || message.caption || "", message.entities || message.caption_entities));
    made.append(keys(message));
    return made;
  }

  async function refresh() {
    const answer = await fetch(`${mine}/messages?business=${encodeURIComponent(business)}`);
    if (!answer.ok) return;
    const body = await answer.json();
    document.getElementById("typing").textContent = body.typing ? "печатает…" : "";
    const now = JSON.stringify(body.messages);
    if (now === seen) return;
    seen = now;
    log.replaceChildren(...body.messages.map(line));
    log.scrollTop = log.scrollHeight;
  }

  async function send(chosen) {
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    let content = "";
    for (const byte of bytes) content += String.fromCharCode(byte);
    const type = chosen.type;
    let kind = "document";
    if (type === "image/jpeg" || type === "image/png") kind = "photo";
    if (/ogg|opus/.test(type) || /\.(ogg|oga|opus)$/i.test(chosen.name)) kind = "voice";
    await act("send", { kind, content: btoa(content), name: chosen.name, mime: type, business, owner: owner() });
  }

  const person = { phone_number: "+79990000001", first_name: "Клиент", user_id: Number(client) };
  const doing = {
    start: () => act("say", { text: "/start", business, owner: owner() }),
    contact: () => act("tell", { content: { contact: person }, business, owner: owner() }),
    location: () => act("tell", { content: { location: { latitude: 55.751244, longitude: 37.618423 } }, business, owner: owner() }),
    file: () => picker.click(),
    block: async (button) => {
      await act(blocked ? "unblock" : "block");
      blocked = !blocked;
      button.textContent = blocked ? "Разблокировать бота" : "Заблокировать бота";
      note.textContent = blocked ? "Бот больше не может вам писать." : "";
    },
  };
  for (const button of document.querySelectorAll("[data-do]")) {
    button.addEventListener("click", () => doing[button.dataset.do](button));
  }
  picker.addEventListener("change", () => { if (picker.files[0]) send(picker.files[0]); picker.value = ""; });
  document.getElementById("connect")?.addEventListener("click", async () => {
    await call(base, { business: true });
    const answer = await call(`${base}/business`, { owner: 800000001, first_name: "Владелец", username: "vladelec" });
    const account = await answer.json();
    location.href = `${root}/chat/${bot}?client=${client}&business=${encodeURIComponent(account.id)}`;
  });
  document.getElementById("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words) return;
    text.value = "";
    act("say", { text: words, business, owner: owner() });
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    document.getElementById("form").requestSubmit();
  });
  refresh();
  setInterval(refresh, 1000);
})();
