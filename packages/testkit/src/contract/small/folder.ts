import { installedFolder } from '../../installed.ts';
import { LONG_PACKAGES, SMALL_PACKAGES, type SmallStack } from './stacks.ts';

/** The folder in which what a framework's programs import is installed. */
export function smallFolder({ isLong = false }: Pick<SmallStack, 'isLong'>): Promise<string> {
  const dependencies = isLong ? LONG_PACKAGES : SMALL_PACKAGES;
  return installedFolder(`frameworks-small${isLong ? '-long' : ''}`, { private: true, dependencies });
}
