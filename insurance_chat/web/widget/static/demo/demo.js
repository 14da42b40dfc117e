"use strict";

// Any button of the page may open the chat, with or without a first message.
document.addEventListener("click", (event) => {
  const trigger = event.target.closest("[data-chat]");
  const chat = document.querySelector("insurance-chat");
  if (!trigger || !chat) return;
  if (trigger.dataset.chat) chat.send(trigger.dataset.chat);
  else chat.open();
});
