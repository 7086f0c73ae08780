// Prints how many frames stand between a function and who called it through a trampoline.
import { trampoline } from '../../../src/frameworks/trampoline.ts';

const frames = (): number => new Error('here').stack!.split('\n').length;
const direct = (): number => frames();
const through = trampoline<() => number>(0, () => null, direct, ['nothing']);

process.stdout.write(JSON.stringify(through() - direct()));
