/** One instruction of a Dockerfile, its continuation lines joined. */
export interface Instruction {
  keyword: string;
  text: string;
}

/** One image or intermediate stage. */
export interface Stage {
  name: string;
  from: string;
  instructions: Instruction[];
}

/** What a container of a stage runs. */
export interface Image {
  env: Record<string, string>;
  entrypoint: string[];
  command: string[];
  healthcheck: string[];
  user: string | undefined;
  workdir: string;
}

/** Reads the stages of a Dockerfile of ours: without heredocs and parser directives. */
export function stagesOf(text: string): Map<string, Stage> {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  for (const line of lines
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')) {
    const [, keyword, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === undefined || rest === undefined) throw new Error(`no instruction: ${line}`);
    if (keyword === 'FROM') {
      const [, from, name] = /^(\S+) AS (\S+)$/.exec(rest) ?? [];
      if (from === undefined || name === undefined) throw new Error(`a stage without a name: ${line}`);
      stage = { name, from, instructions: [] };
      stages.set(name, stage);
    } else if (stage === undefined) throw new Error(`before the first stage: ${line}`);
    else stage.instructions.push({ keyword, text: rest });
  }
  return stages;
}

/** What a container made of this stage runs, as Docker puts it together. */
export function imageOf(stage: Stage): Image {
  const last = (keyword: string) => stage.instructions.findLast((one) => one.keyword === keyword)?.text;
  const list = (text: string | undefined): string[] => (text === undefined ? [] : JSON.parse(text));
  const env: Record<string, string> = {};
  for (const { keyword, text } of stage.instructions) {
    if (keyword !== 'ENV') continue;
    for (const pair of text.trim().split(/\s+/)) env[pair.split('=')[0]!] = pair.slice(pair.indexOf('=') + 1);
  }
  return {
    env,
    entrypoint: list(last('ENTRYPOINT')),
    command: list(last('CMD')),
    healthcheck: list(last('HEALTHCHECK')?.replace(/^.*?CMD\s+/, '')),
    user: last('USER'),
    workdir: last('WORKDIR') ?? '/',
  };
}
