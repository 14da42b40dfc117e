import { T } from "./copy.js";

const LONGEST = 300;
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const REFUSED = ["NotAllowedError", "SecurityError"];
const MISSING = ["NotFoundError", "OverconstrainedError"];

/** One recording at a time, without any drawing: idle, asking, recording, ready. */
export class Recorder {
  constructor(onChange) {
    this.onChange = onChange;
    this.set("idle", "");
  }

  static get possible() {
    return Boolean(window.MediaRecorder && navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
  }

  set(state, words) {
    Object.assign(this, { state, words, level: 0 });
    if (state !== "recording") this.seconds = 0;
    this.onChange();
  }

  async start() {
    if (this.state !== "idle") return;
    const take = (this.take = { pieces: [] });
    this.set("asking", T.micAsks);
    try {
      take.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      // Cancelled while the browser asked.
      if (this.take !== take) return this.letGo(take);
      take.recorder = new MediaRecorder(take.stream, { mimeType: KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)), audioBitsPerSecond: 32000 });
      take.recorder.ondataavailable = (event) => event.data.size && take.pieces.push(event.data);
      take.recorder.onstop = () => this.finished(take);
      take.recorder.start();
      this.set("recording", T.micRecords);
      this.measure(take);
    } catch (error) {
      this.letGo(take);
      if (this.take === take) this.cancel(REFUSED.includes(error.name) ? T.micRefused : MISSING.includes(error.name) ? T.micNone : T.micBusy);
    }
  }

  measure(take) {
    const began = performance.now();
    take.sound = new AudioContext();
    const analyser = take.sound.createAnalyser();
    take.sound.createMediaStreamSource(take.stream).connect(analyser);
    const wave = new Uint8Array(analyser.fftSize);
    take.clock = setInterval(() => {
      analyser.getByteTimeDomainData(wave);
      this.level = Math.min(1, (Math.max(...wave.map((value) => Math.abs(value - 128))) / 128) * 1.6);
      this.seconds = Math.floor((performance.now() - began) / 1000);
      if (this.seconds >= LONGEST) this.stop();
      else this.onChange();
    }, 100);
  }

  stop() {
    const { recorder } = this.take || {};
    if (recorder && recorder.state === "recording") recorder.stop();
  }

  finished(take) {
    this.letGo(take);
    if (this.take !== take) return;
    const type = take.recorder.mimeType.split(";")[0];
    const blob = new Blob(take.pieces, { type });
    if (!blob.size) return this.cancel(T.micEmpty);
    take.file = new File([blob], `${T.voice}.${type.split("/")[1]}`, { type });
    this.url = URL.createObjectURL(blob);
    this.set("ready", T.micReady);
    if (take.goes) take.goes();
  }

  /** Hands the finished recording over, stopping it first when it still runs. */
  send(deliver) {
    const { take } = this;
    const give = () => {
      deliver(take.file);
      this.cancel();
    };
    if (this.state === "ready") give();
    else if (this.state === "recording") {
      take.goes = give;
      this.stop();
    }
  }

  letGo(take) {
    clearInterval(take.clock);
    if (take.stream) take.stream.getTracks().forEach((track) => track.stop());
    if (take.sound) take.sound.close();
    take.stream = take.sound = null;
  }

  cancel(words = "") {
    const { take } = this;
    this.take = null;
    if (take && take.recorder && take.recorder.state === "recording") take.recorder.stop();
    if (take) this.letGo(take);
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.set("idle", words);
  }
}
