import { once } from 'node:events';

/** An app that does not listen by then never will. */
const START_MS = 60_000;

/** The first message of a child; rejects with what it said on stderr where it fails or ends before it. */
export async function firstMessage(child) {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk) => {
    said = (said + chunk).slice(-4_000);
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    const error = /^\w*Error\b.*$/m.exec(said)?.[0] ?? said.trim().split('\n').at(-1);
    throw new Error(`ended with ${code ?? signal} before it listened: ${error}`);
  });
  ended.catch(() => {});
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    const [message] = await Promise.race([once(child, 'message'), ended]);
    if (message.failed) throw new Error(message.failed);
    return message;
  } finally {
    clearTimeout(timer);
  }
}

/** Gives a child a task and resolves with its answer. */
export async function ask(child, task, how = {}) {
  const done = new AbortController();
  const { signal } = done;
  const ended = once(child, 'close', { signal }).then(([code, by]) => {
    throw new Error(`ended with ${code ?? by} when asked to "${task}"`);
  });
  ended.catch(() => {});
  try {
    child.send({ task, ...how });
    const [answer] = await Promise.race([once(child, 'message', { signal }), ended]);
    return answer;
  } finally {
    done.abort();
  }
}

/** Ends a child, by force where it is needed: agents keep a process alive. */
export async function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
