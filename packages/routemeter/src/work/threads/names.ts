/** On the answer to a task: the CPU in ms that its thread used for it. */
export const TASK_CPU = 'routemeter.v1.cpu';

/** Under which threads are told the library's own file, which they load. */
export const WORKER_FILE = 'routemeter.v1.piscina';
