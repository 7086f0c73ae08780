/** A plugin for Rolldown and Vite: what is bundled of other packages stands with their licences in `fileName`. */
export function notices(fileName: string): {
  name: string;
  generateBundle(this: unknown, options: unknown, bundle: object): void;
};
