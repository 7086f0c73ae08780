/**
 * Whether suites run in their whole breadth: on every Node, over every store, with all repetitions. So it is
 * with `npm run test:all`; `npm test` leaves out what hardly ever tells something else.
 */
export const isWhole = process.env.ROUTEMETER_TESTS === 'all';
