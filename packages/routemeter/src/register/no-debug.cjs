'use strict';

// Stands in the build for the package `debug`, whose messages about module hooks nobody reads, and
// which costs more time to load than all the rest of the preload.
module.exports = () => () => {};
