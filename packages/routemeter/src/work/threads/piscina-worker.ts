/**
 * Runs in the threads of a pool of piscina, in place of the library's own file, which it loads: each answer then says how
 * much CPU its task used.
 */
import { createRequire } from 'node:module';
import * as threads from 'node:worker_threads';
import { TASK_CPU, WORKER_FILE } from './names.ts';
import { TaskCpu } from './task-cpu.ts';

interface Message {
  taskId?: unknown;
  port?: threads.MessagePort;
}

type Listener = (message: Message) => unknown;
type On = (this: threads.MessagePort, event: string, listener: Listener) => threads.MessagePort;

const cpu = new TaskCpu();

/** The port of this thread's tasks. */
function follow(port: threads.MessagePort): void {
  const module = process.getBuiltinModule('node:worker_threads') as {
    receiveMessageOnPort: typeof threads.receiveMessageOnPort;
  };
  const { receiveMessageOnPort: receive } = module;
  // The library waits for tasks by this one, or listens.
  module.receiveMessageOnPort = (given) => {
    const entry = receive(given);
    if (given === port) cpu.begin((entry?.message as Message | undefined)?.taskId);
    return entry;
  };
  const on = port.on as unknown as On;
  const listen: On = function (event, listener) {
    if (event !== 'message') return on.call(this, event, listener);
    return on.call(this, event, (message) => {
      cpu.begin(message.taskId);
      return listener(message);
    });
  };
  const post = port.postMessage;
  const answer = (message: Message & { [TASK_CPU]?: number }, transfer?: never): void => {
    const used = cpu.end(message?.taskId);
    if (used !== undefined) message[TASK_CPU] = used;
    post.call(port, message, transfer!);
  };
  Object.assign(port, { on: listen, postMessage: answer });
}

const parent = threads.parentPort!;
const { on } = parent as unknown as { on: On };
// The library's listener comes next, and is told the port; from then on nothing of ours is on this one.
Object.assign(parent, {
  on(this: threads.MessagePort, event: string, listener: Listener) {
    Reflect.deleteProperty(parent, 'on');
    return on.call(this, event, (message) => {
      if (message.port !== undefined) follow(message.port);
      return listener(message);
    });
  },
});
const file = threads.getEnvironmentData(WORKER_FILE) as string;
createRequire(file)(file);
