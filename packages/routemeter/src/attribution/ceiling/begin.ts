/** What is loaded once the measuring may cost more than it is let. */
export { findPrices } from './prices.ts';
export { Slices } from './slices.ts';
