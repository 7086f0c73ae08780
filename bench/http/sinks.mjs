import { setTimeout as wait } from 'node:timers/promises';
import { startAgent } from '../lib/agent.mjs';
import { startCounter } from '../lib/counter.mjs';

/** All that subjects may send to: UDP and HTTP, on this machine. */
export async function startSinks() {
  const [counter, agent] = await Promise.all([startCounter(), startAgent()]);
  return {
    counter,
    agent,
    /** What was handed to the kernel on this machine arrives within a moment. */
    settled: () => wait(50),
    take() {
      const { posts, bytes: posted } = agent.take();
      return { ...counter.take(), posts, posted };
    },
    keep(wanted) {
      counter.keep(wanted);
      agent.keep(wanted);
    },
    close() {
      counter.close();
      agent.close();
    },
  };
}
