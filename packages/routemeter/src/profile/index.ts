/** Profiles of routes: what is taken of this process, and what was kept of any. */
export type {
  Frame,
  Origin,
  Owner,
  Pace,
  ProfileData,
  ProfileOptions,
  Stall,
  UnitName,
} from './contract.ts';
export {
  openProfile,
  type ProfiledBlock,
  type ProfiledUnit,
  RouteProfile,
  type SlowUnits,
} from './route-profile.ts';
export { expectedStall } from './stall.ts';
export type { CpuProfile, CpuProfileNode } from './views/cpuprofile.ts';
export type { FlameNode, Used } from './views/flame.ts';
export type { FunctionRow } from './views/functions.ts';
export type { Hold } from './views/holds.ts';
export type { Selection } from './views/select.ts';
