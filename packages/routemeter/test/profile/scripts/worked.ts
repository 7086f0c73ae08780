interface Options {
  ms: number;
}

type Numbers = Record<string, number>;

/** A class of an application that is written in TypeScript. */
export class Worked {
  private readonly seen: Numbers = {};

  burnTyped(ms: number): number {
    const options: Options = { ms };
    const end = performance.now() + options.ms;
    let x = 9;
    while (performance.now() < end) for (let i = 0; i < 50; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
    this.seen[String(x)] = x;
    return x;
  }
}
