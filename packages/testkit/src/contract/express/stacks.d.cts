export const STACKS: Record<
  string,
  { package: string; major: 4 | 5; express: string; router: string | null }
>;
export function loadStack(name: string): { express: unknown; major: 4 | 5 };
export function loadForeign(major: 4 | 5): import('node:http').RequestListener;
export function redirectRouter(name: string): () => void;
export function assertVersions(name: string): void;
