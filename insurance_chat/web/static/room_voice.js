// A voice message: press, speak, listen, send. The recording stays here until it was sent.
(() => {
  "use strict";
  const LONGEST = 300; // seconds
  const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
  const T = {
    asks: "Разрешите доступ к микрофону.",
    records: "Идёт запись.",
    ready: "Запись готова. Её можно прослушать.",
    limit: "Пять минут — предел. Запись готова.",
    sends: "Отправляем…",
    failed: "Не отправилось. Запись сохранена, попробуйте ещё раз.",
    refused: "Доступ к микрофону запрещён. Разрешите его в настройках браузера и попробуйте ещё раз.",
    none: "Микрофон не найден. Подключите его и попробуйте ещё раз.",
    busy: "Микрофон занят другой программой.",
    unable: "Этот браузер не записывает звук или сайт открыт не по https.",
    empty: "Ничего не записалось. Попробуйте ещё раз.",
  };
  const part = (name) => document.querySelector(`#voice [data-voice="${name}"]`);
  let state = "idle"; // idle, asking, recording, ready, sending
  let take = null; // what belongs to one recording

  function show(next, words) {
    state = next;
    const panel = part("panel");
    if (!panel) return;
    const visible = {
      stop: next === "recording",
      send: next === "recording" || next === "ready" || next === "sending",
      cancel: next !== "sending",
      level: next === "recording",
      time: next === "recording",
      preview: next === "ready" || next === "sending",
    };
    panel.hidden = next === "idle" && !words;
    for (const [name, shown] of Object.entries(visible)) part(name).hidden = !shown;
    part("cancel").textContent = next === "idle" ? "Закрыть" : "Отменить";
    part("send").disabled = next === "sending";
    part("status").textContent = words || "";
    if (next === "recording") part("stop").focus();
    if (next === "ready") part("send").focus();
  }

  function letGo(one) {
    if (!one) return;
    clearInterval(one.clock);
    one.stream?.getTracks().forEach((track) => track.stop());
    one.sound?.close();
    one.stream = one.sound = null;
  }

  function drop(words) {
    const one = take;
    take = null;
    if (one?.recorder?.state === "recording") one.recorder.stop();
    letGo(one);
    if (one?.url) URL.revokeObjectURL(one.url);
    part("preview")?.removeAttribute("src");
    show("idle", words);
  }

  function reason(error) {
    if (["NotAllowedError", "SecurityError"].includes(error.name)) return T.refused;
    if (["NotFoundError", "OverconstrainedError"].includes(error.name)) return T.none;
    return error.name === "NotReadableError" ? T.busy : T.unable;
  }

  async function start() {
    if (state !== "idle") return;
    if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return drop(T.unable);
    const one = (take = { id: crypto.randomUUID().replaceAll("-", ""), pieces: [] });
    show("asking", T.asks);
    try {
      one.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      if (take !== one) return letGo(one); // cancelled while the browser asked
      const mimeType = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
      one.recorder = new MediaRecorder(one.stream, { mimeType, audioBitsPerSecond: 32000 });
      one.recorder.ondataavailable = (event) => event.data.size && one.pieces.push(event.data);
      one.recorder.onstop = () => finished(one);
      one.recorder.start();
      measure(one);
      show("recording", T.records);
    } catch (error) {
      letGo(one);
      if (take === one) drop(reason(error));
    }
  }

  function measure(one) {
    const began = performance.now();
    one.sound = new AudioContext();
    const analyser = one.sound.createAnalyser();
    one.sound.createMediaStreamSource(one.stream).connect(analyser);
    const wave = new Uint8Array(analyser.fftSize);
    const tick = () => {
      analyser.getByteTimeDomainData(wave);
      const loud = Math.max(...wave.map((value) => Math.abs(value - 128))) / 128;
      part("level").style.setProperty("--level", String(Math.min(1, loud * 1.6)));
      const seconds = Math.floor((performance.now() - began) / 1000);
      part("time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      if (seconds >= LONGEST && one.recorder.state === "recording") {
        one.words = T.limit;
        one.recorder.stop();
      }
    };
    tick();
    one.clock = setInterval(tick, 100);
  }

  function finished(one) {
    letGo(one);
    if (take !== one) return;
    one.data = new Blob(one.pieces, { type: one.recorder.mimeType });
    if (!one.data.size) return drop(T.empty);
    one.url = URL.createObjectURL(one.data);
    part("preview").src = one.url;
    show("ready", one.words || T.ready);
    if (one.goes) upload();
  }

  function send() {
    if (state === "recording") {
      take.goes = true;
      take.recorder.stop();
    } else if (state === "ready") upload();
  }

  function upload() {
    show("sending", T.sends);
    const field = getElement(Number(document.querySelector("[data-voice-upload]").dataset.voiceUpload));
    const uploader = field.$refs.qRef;
    uploader.reset();
    uploader.addFiles([new File([take.data], `${take.id}.voice`, { type: take.data.type })]);
  }

  window.roomVoice = {
    cancel: () => drop(),
    sent: () => drop(),
    failed: () => {
      if (!take) return;
      take.goes = false;
      show("ready", T.failed);
    },
  };

  addEventListener("click", (event) => {
    const name = event.target.closest?.("[data-voice]")?.dataset.voice;
    if (name === "start") start();
    else if (name === "stop" && take?.recorder?.state === "recording") take.recorder.stop();
    else if (name === "send") send();
    else if (name === "cancel") {
      drop();
      document.querySelector("[data-voice=start]")?.focus();
    }
  });
  addEventListener("pagehide", () => letGo(take));
})();
