// A process that serves nothing, and has no library: units of work of its own alone. `LIBRARY` is the file of the build.
const { createMeter } = require(process.env.LIBRARY);

createMeter().work('import', () => {});
setTimeout(() => {}, 50);
