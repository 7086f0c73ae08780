export { type Begun, type Judge, Units } from './units.ts';
