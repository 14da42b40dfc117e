import { T } from "./copy.js";
import { uniqueId, uuid } from "./dom.js";

const MAX_BYTES = 20 * 1024 * 1024;

/** Files being uploaded; each becomes a message when the service has stored it. */
export class Uploads {
  constructor(chat, onChange, onProblem) {
    Object.assign(this, { chat, onChange, onProblem });
    this.items = [];
  }

  add(files) {
    for (const file of files) {
      if (file.size > MAX_BYTES) this.onProblem(T.tooBig(file.name));
      else if (file.size === 0) this.onProblem(T.emptyFile(file.name));
      else this.begin(file);
    }
  }

  begin(file, voice = false) {
    // The message id is chosen once, so that a repeated upload cannot send the file twice.
    const upload = { key: uniqueId("upload"), id: uuid(), file, voice, progress: 0, error: null };
    this.items.push(upload);
    this.start(upload);
  }

  async start(upload) {
    upload.abort = new AbortController();
    Object.assign(upload, { error: null, progress: 0 });
    this.onChange();
    const onProgress = (share) => {
      upload.progress = share;
      this.onChange();
    };
    try {
      await this.chat.ready();
      const stored = await this.chat.api.upload(upload.file, onProgress, upload.abort.signal);
      this.cancel(upload);
      const { name, size, type } = upload.file;
      const sent = upload.voice ? { voiceUrl: stored.url } : { fileUrl: stored.url, localFile: { name, size, mime: type } };
      this.chat.send(undefined, { ...sent, clientMessageId: upload.id });
    } catch (error) {
      if (error.name === "AbortError") return;
      upload.error = error.message || "";
      this.onChange();
    }
  }

  cancel(upload) {
    this.items = this.items.filter((item) => item !== upload);
    upload.abort.abort();
    this.onChange();
  }
}
