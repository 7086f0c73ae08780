// What the handlers of all frameworks do.
const AWAITS = 24;

exports.BLOCKS = Array.from({ length: 20 }, (_, i) => `step${i}`);

exports.awaits = async () => {
  let sum = 0;
  for (let i = 0; i < AWAITS; i++) sum += await step(i);
  return sum;
};

const step = async (i) => i;

/** A block in which nothing is done: what timing it costs is what is measured. */
exports.blocks = (timed) => {
  for (const name of exports.BLOCKS) timed(name, nothing);
};

const nothing = () => {};
