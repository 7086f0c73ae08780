/** Counts what was sent, by method, route and the status that came back. */
export class Tally {
  #counts = new Map();
  sent = 0;
  /** Requests without an answer. */
  failed = 0;
  /** Requests left out since too many were open. */
  skipped = 0;

  answered({ method, route }, status) {
    this.sent++;
    const key = JSON.stringify([method, route, status]);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  toJSON() {
    const requests = [...this.#counts].map(([key, count]) => {
      const [method, route, status] = JSON.parse(key);
      return { method, route, status, count };
    });
    return { sent: this.sent, failed: this.failed, skipped: this.skipped, requests };
  }
}
