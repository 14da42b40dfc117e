/** Exponential delay with jitter, in milliseconds: half of it is fixed, half is random. A person waits at most ten seconds. */
export function delay(attempt, first = 500, most = 10000) {
  const full = Math.min(most, first * 2 ** attempt);
  return full / 2 + (Math.random() * full) / 2;
}

/** A sleep that can be cut short, e.g. when the network comes back. */
export class Pause {
  wait(ms) {
    return new Promise((resolve) => {
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(resolve, ms);
    });
  }

  end() {
    if (this.wake) this.wake();
  }
}
