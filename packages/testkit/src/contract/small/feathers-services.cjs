'use strict';

// The services of both applications of Feathers.

module.exports = {
  users: {
    find: async () => [],
    get: async (id) => ({ id }),
    create: async (data) => data,
    remove: async () => null,
  },
  stack: {
    get: async () => ({ stack: new Error('here').stack }),
  },
  boom: {
    async get() {
      throw new RangeError('boom');
    },
  },
};
